#include "ui/setup.h"

#include "ui/shell.h"

struct dialog *setup_new(struct shell *shell)
{
	(void)shell;
	return question_new(&(struct question_options){.title = "Setup"}, NULL, 0);
}
