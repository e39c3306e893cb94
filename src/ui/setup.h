/* The setup screen: every setting and every tab, changed in place. */
#ifndef CMON_UI_SETUP_H
#define CMON_UI_SETUP_H

struct dialog;
struct shell;

struct dialog *setup_new(struct shell *shell);

#endif
