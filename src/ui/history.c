#include "ui/history.h"

#include <stdlib.h>

#include "base/fatal.h"

void history_free(struct history *history)
{
	free(history->ring);
	*history = (struct history){0};
}

void history_add(struct history *history, const struct sample *sample)
{
	if (!history->ring)
		history->ring = xcalloc(HISTORY_SAMPLES, sizeof(*history->ring));
	if (!(sample->end > sample->start))
		return;
	if (history->count > 0 && !(sample->end > history->ring[history->newest].end))
		return;
	history->newest = history->count ? (history->newest + 1) % HISTORY_SAMPLES : 0;
	history->ring[history->newest] = *sample;
	if (history->count < HISTORY_SAMPLES)
		history->count++;
}

void history_add_snapshot(struct history *history, const struct snapshot *snapshot)
{
	/* Rates of the first snapshot are not known, and neither is what they would be over. */
	struct sample sample = {
		.start = snapshot->monotonic - snapshot->interval,
		.end = snapshot->monotonic,
		.values = {
			[SERIES_CPU] = snapshot->cpus.percent,
			[SERIES_DISK_READ] = snapshot->disks.io_total.read_bytes_per_s,
			[SERIES_DISK_WRITE] = snapshot->disks.io_total.write_bytes_per_s,
			[SERIES_NET_RECV] = snapshot->net.io_total.bytes_recv_per_s,
			[SERIES_NET_SENT] = snapshot->net.io_total.bytes_sent_per_s,
		},
	};

	history_add(history, &sample);
}

static const struct sample *sample_at(const struct history *history, size_t age)
{
	return &history->ring[(history->newest + HISTORY_SAMPLES - age) % HISTORY_SAMPLES];
}

/* Mean over one span, of what is known of it; at: the newest sample that can reach into it, moved on to the one for
 * the span before. */
static double span_mean(const struct history *history, enum series series, double start, double end, size_t *at)
{
	double sum = 0, covered = 0;

	for (size_t i = *at; i < history->count; i++) {
		const struct sample *sample = sample_at(history, i);
		double from = sample->start > start ? sample->start : start;
		double to = sample->end < end ? sample->end : end;

		if (sample->end <= start)
			break;
		if (sample->start >= end)
			*at = i;
		if (to > from && isfinite(sample->values[series])) {
			sum += sample->values[series] * (to - from);
			covered += to - from;
		}
	}
	return covered > 0 ? sum / covered : ABSENT_F64;
}

void history_window(const struct history *history, enum series series, double end_s, double step_s, size_t count,
		    double *ret_values)
{
	double end = (floor(end_s / step_s) + 1) * step_s;
	size_t at = 0;

	/* A snapshot at a multiple of the step ends a span, it does not begin one. */
	if (floor(end_s / step_s) * step_s >= end_s)
		end -= step_s;
	/* What came later is not to be seen: the screen may be frozen at end_s. */
	while (at < history->count && sample_at(history, at)->end > end_s)
		at++;
	for (size_t i = count; i-- > 0;) {
		ret_values[i] = span_mean(history, series, end - step_s, end, &at);
		end -= step_s;
	}
}
