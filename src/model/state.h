/* What the state letter of a process means, in the words of ps and psutil. */
#ifndef CMON_MODEL_STATE_H
#define CMON_MODEL_STATE_H

#include "model/process.h"

/* Fill `stat` from the members of proc/PID/stat and status: the letter, then < (nice below 0), N (nice above 0), L (pages
 * locked), s (session leader), l (threads), + (in the foreground of its terminal), in this order, as ps prints it. L needs
 * FACT_STATE. Unlike ps, no + for a group outside this pid namespace, where group and terminal both read 0. */
void process_state_derive(struct process *process);

/* psutil's word for a state; absent for a letter it does not know. */
struct text state_word(char state);

/* other fifo rr batch iso idle deadline ext; absent for any other number. */
struct text policy_word(int32_t policy);

#endif
