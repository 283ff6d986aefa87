/*
 * Runs programs as an agent runs its hooks, and says what each run costs.
 *
 *	spawn [-n ROUNDS] [-w WARMUPS] [-i PAYLOAD] [-r TEMPLATE:TARGET]... [-e DIR]...
 *	      [-t PATH]... LABEL[:CHECK]... [NAME=VALUE]... PROGRAM [ARG]... [-- LABEL...]...
 *
 * Each round runs every program once, and each round begins with another one, so that whatever
 * else the machine does meets all of them alike. Compare by the column "ratio", the median over the
 * rounds of this program's time by the first one's IN THE SAME round: noise hardly touches it.
 *
 * A run is what Claude Code does: stdin and stdout are socket pairs, the program is started
 * directly (no shell) in a session of its own, the payload is written, stdout is read to its end,
 * the exit is awaited. The wall clock runs from before the start to after the wait.
 *
 * Before each run, outside of the clock: -r writes the bytes of TEMPLATE to TARGET, in place and
 * durably (as a sender does), -e empties DIR, -t sets the times of PATH to now.
 *
 * Every run has to exit 0. CHECK asks for more: "delivers" (stdout holds something each time),
 * "silent" (nothing, each time); "null" makes stdout /dev/null. A broken check ends it all, exit 1.
 *
 * CPU time is that of rusage, with the children that the program has waited for. Linux scales the
 * tick-based user and system times so that their SUM is the scheduler's exact one, in
 * microseconds; so only the sum is shown. rusage's peak memory is of no use here, for a vforked
 * child begins with the peak of its parent. So the peak is VmHWM, that of the address space made by
 * exec, read by ptrace as the program exits, in a run of its own after the timed ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROGRAMS 16
#define MAX_LISTED 32 /* of each: refills, directories, paths, variables of a program */
#define RUN_LIMIT_SECONDS 60 /* a program that takes longer hangs */

struct bytes {
	char *data;
	size_t length;
};

struct refill {
	const char *target;
	struct bytes content;
};

struct program {
	const char *label;
	const char *variables[MAX_LISTED]; /* NAME=VALUE, stronger than the environment */
	size_t variable_count;
	char **argv;
	char **environment;
	bool must_deliver, must_be_silent, null_stdout;
	double *wall_us, *cpu_us, *ratio; /* one a round */
	size_t output_bytes;              /* of the last run */
	long peak_kb;                     /* negative: not known */
};

struct bench {
	int rounds, warmups;
	struct bytes payload;
	struct refill refills[MAX_LISTED];
	size_t refill_count;
	const char *emptied[MAX_LISTED], *touched[MAX_LISTED];
	size_t emptied_count, touched_count;
	struct program programs[MAX_PROGRAMS];
	size_t program_count;
};

extern char **environ;

static volatile pid_t running; /* for the alarm's handler alone */

static _Noreturn void fail(const char *format, ...)
{
	va_list arguments;

	fputs("spawn: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static _Noreturn void usage(void)
{
	fputs("usage: spawn [-n ROUNDS] [-w WARMUPS] [-i PAYLOAD] [-r TEMPLATE:TARGET]...\n"
	      "             [-e DIR]... [-t PATH]... LABEL[:delivers|:silent|:null]...\n"
	      "             [NAME=VALUE]... PROGRAM [ARG]... [-- LABEL...]...\n",
	      stderr);
	exit(2);
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		fail("no memory");
	return memory;
}

static struct bytes read_file(const char *path)
{
	struct bytes content = {NULL, 0};
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) < 0)
		fail("unable to open %s: %s", path, strerror(errno));
	content.length = (size_t)status.st_size;
	content.data = allocate(content.length + 1, 1);
	for (size_t done = 0; done < content.length;) {
		ssize_t got = read(fd, content.data + done, content.length - done);

		if (got <= 0)
			fail("unable to read %s", path);
		done += (size_t)got;
	}
	close(fd);
	return content;
}

/* --- What is done before each run --- */

static void write_refill(const struct refill *refill)
{
	int fd = open(refill->target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t length = (ssize_t)refill->content.length;

	if (fd < 0 || write(fd, refill->content.data, refill->content.length) != length ||
	    fsync(fd) < 0)
		fail("unable to refill %s: %s", refill->target, strerror(errno));
	close(fd);
}

/* Moved away, not deleted: where much has been deleted lately, an ext4 without a journal takes a
 * hundred times longer to create a file, and that is not what is to be measured. */
static void empty_directory(const char *path)
{
	static unsigned moved;
	char aside[PATH_MAX];

	snprintf(aside, sizeof aside, "%s.%ld.%u", path, (long)getpid(), moved++);
	if (rename(path, aside) < 0) {
		if (errno == ENOENT)
			return; /* the program makes it when it first needs it */
		fail("unable to rename %s: %s", path, strerror(errno));
	}
	if (mkdir(path, 0700) < 0)
		fail("unable to make %s: %s", path, strerror(errno));
}

static void prepare(const struct bench *bench)
{
	for (size_t i = 0; i < bench->refill_count; i++)
		write_refill(&bench->refills[i]);
	for (size_t i = 0; i < bench->emptied_count; i++)
		empty_directory(bench->emptied[i]);
	for (size_t i = 0; i < bench->touched_count; i++)
		if (utimensat(AT_FDCWD, bench->touched[i], NULL, 0) < 0)
			fail("unable to touch %s: %s", bench->touched[i], strerror(errno));
}

/* --- One run --- */

struct run {
	pid_t pid;
	int to_stdin, from_stdout; /* -1: closed, or never there */
	size_t output_bytes;
	double wall_us, cpu_us;
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double us_of(struct timeval time)
{
	return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

static void kill_running(int signal_number)
{
	(void)signal_number;
	if (running > 0)
		kill(running, SIGKILL);
}

static void open_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		fail("unable to make a socket pair: %s", strerror(errno));
}

static void close_fd(int *fd)
{
	close(*fd);
	*fd = -1;
}

/* posix_spawn is vfork and exec, in glibc and in musl: the size of this process costs nothing. */
static pid_t start(const struct program *program, int stdin_fd, int stdout_fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, stdin_fd, STDIN_FILENO);
	if (program->null_stdout)
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&actions, stdout_fd, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	error = posix_spawn(&pid, program->argv[0], &actions, &attributes, program->argv,
			    program->environment);
	if (error != 0)
		fail("%s: unable to start %s: %s", program->label, program->argv[0],
		     strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return pid;
}

/* Writes the payload and reads stdout, whichever can go on, until both are done: neither side can
 * block the other. A program may leave its stdin unread. */
static void converse(struct run *run, const struct bytes *payload)
{
	static char output[1 << 16];
	size_t written = 0;

	while (run->to_stdin >= 0 || run->from_stdout >= 0) {
		struct pollfd ends[2] = {{.fd = run->to_stdin, .events = POLLOUT},
					 {.fd = run->from_stdout, .events = POLLIN}};
		ssize_t count;

		if (poll(ends, 2, -1) < 0)
			continue; /* the alarm: the program is gone, and both ends with it */
		if (ends[0].revents != 0) {
			count = send(run->to_stdin, payload->data + written,
				     payload->length - written, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (count > 0)
				written += (size_t)count;
			if (written == payload->length || (count < 0 && errno != EAGAIN))
				close_fd(&run->to_stdin);
		}
		if (ends[1].revents != 0) {
			count = read(run->from_stdout, output, sizeof output);
			if (count > 0)
				run->output_bytes += (size_t)count;
			else
				close_fd(&run->from_stdout);
		}
	}
}

static void check_run(const struct program *program, const struct run *run, int status)
{
	if (WIFSIGNALED(status))
		fail("%s: killed by signal %d (limit: %d s)", program->label, WTERMSIG(status),
		     RUN_LIMIT_SECONDS);
	if (WEXITSTATUS(status) != 0)
		fail("%s: exit status %d", program->label, WEXITSTATUS(status));
	if (program->must_deliver && run->output_bytes == 0)
		fail("%s: nothing on stdout, but it was to deliver", program->label);
	if (program->must_be_silent && run->output_bytes != 0)
		fail("%s: %zu bytes on stdout, but it was to be silent", program->label,
		     run->output_bytes);
}

static struct run run_once(const struct program *program, const struct bytes *payload)
{
	struct run run = {.from_stdout = -1};
	struct rusage used;
	int in[2], out[2] = {-1, -1}, status;
	double begin;

	open_pair(in);
	if (!program->null_stdout)
		open_pair(out);
	begin = now_us();
	run.pid = start(program, in[1], out[1]);
	running = run.pid;
	alarm(RUN_LIMIT_SECONDS);
	run.to_stdin = in[0];
	close(in[1]);
	if (!program->null_stdout) {
		run.from_stdout = out[0];
		close(out[1]);
	}
	converse(&run, payload);
	while (wait4(run.pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			fail("%s: unable to wait: %s", program->label, strerror(errno));
	run.wall_us = now_us() - begin;
	alarm(0);
	running = 0;
	run.cpu_us = us_of(used.ru_utime) + us_of(used.ru_stime);
	check_run(program, &run, status);
	return run;
}

/* --- Peak memory --- */

static long read_peak_kb(pid_t pid)
{
	char path[64], line[256];
	long peak = -1;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof line, file) != NULL && sscanf(line, "VmHWM: %ld kB", &peak) != 1)
		;
	fclose(file);
	return peak;
}

/* A process of its own writes the payload, for we have to attend to the traced one. */
static pid_t feed(int fd, const struct bytes *payload)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (size_t done = 0; done < payload->length;) {
		ssize_t sent = send(fd, payload->data + done, payload->length - done, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		done += (size_t)sent;
	}
	_exit(0);
}

static void exec_traced(const struct program *program, int stdin_fd)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(stdin_fd, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		execve(program->argv[0], program->argv, program->environment);
	_exit(127);
}

/* The peak of the program itself, not of what it starts; -1 where tracing is not allowed. */
static long measure_peak_kb(const struct program *program, const struct bytes *payload)
{
	const int at_exit = SIGTRAP | (PTRACE_EVENT_EXIT << 8);
	int in[2], status;
	bool begun = false;
	long peak = -1;
	pid_t pid, feeder;

	open_pair(in);
	pid = fork();
	if (pid == 0)
		exec_traced(program, in[1]);
	close(in[1]);
	feeder = feed(in[0], payload);
	close(in[0]);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		int passed_on = begun && status >> 16 == 0 ? WSTOPSIG(status) : 0;

		if (!begun)
			ptrace(PTRACE_SETOPTIONS, pid, NULL,
			       (void *)(long)(PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL));
		begun = true;
		if (status >> 8 == at_exit)
			peak = read_peak_kb(pid);
		ptrace(PTRACE_CONT, pid, NULL, (void *)(long)passed_on);
	}
	waitpid(feeder, NULL, 0);
	return peak;
}

/* --- All the runs, and their numbers --- */

static void measure(struct bench *bench)
{
	struct program *programs = bench->programs;
	size_t count = bench->program_count;

	for (int round = -bench->warmups; round < bench->rounds; round++) {
		size_t first = (size_t)(round + bench->warmups);

		for (size_t turn = 0; turn < count; turn++) {
			struct program *program = &programs[(first + turn) % count];
			struct run run;

			prepare(bench);
			run = run_once(program, &bench->payload);
			if (round < 0)
				continue;
			program->wall_us[round] = run.wall_us;
			program->cpu_us[round] = run.cpu_us;
			program->output_bytes = run.output_bytes;
		}
		for (size_t i = 0; i < count && round >= 0; i++)
			programs[i].ratio[round] =
				programs[i].wall_us[round] / programs[0].wall_us[round];
	}
	for (size_t i = 0; i < count; i++) {
		prepare(bench);
		programs[i].peak_kb = measure_peak_kb(&programs[i], &bench->payload);
	}
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void sort(double *values, int count)
{
	qsort(values, (size_t)count, sizeof *values, compare);
}

static double percentile(const double *sorted, int count, int percent)
{
	return sorted[(count - 1) * percent / 100];
}

static void report(struct bench *bench)
{
	const int n = bench->rounds;
	double yardstick = 0;

	printf("%-28s %9s %9s %9s %7s %10s %8s %8s %7s\n", "program", "wall_us", "p10", "p90",
	       "ratio", "of_medians", "cpu_us", "peak_kb", "stdout");
	for (size_t i = 0; i < bench->program_count; i++) {
		struct program *program = &bench->programs[i];
		double median;

		sort(program->wall_us, n);
		sort(program->cpu_us, n);
		sort(program->ratio, n);
		median = percentile(program->wall_us, n, 50);
		if (i == 0)
			yardstick = median;
		printf("%-28s %9.1f %9.1f %9.1f %7.3f %10.3f %8.1f %8ld %7zu\n", program->label,
		       median, percentile(program->wall_us, n, 10),
		       percentile(program->wall_us, n, 90), percentile(program->ratio, n, 50),
		       median / yardstick, percentile(program->cpu_us, n, 50), program->peak_kb,
		       program->output_bytes);
	}
}

/* --- The command line --- */

static int parse_count(const char *text, int least)
{
	char *end;
	long count = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || count < least || count > 1000000)
		usage();
	return (int)count;
}

static void add_refill(struct bench *bench, char *argument)
{
	char *colon = strchr(argument, ':');

	if (colon == NULL || bench->refill_count == MAX_LISTED)
		usage();
	*colon = '\0';
	bench->refills[bench->refill_count].content = read_file(argument);
	bench->refills[bench->refill_count++].target = colon + 1;
}

static void add(const char **list, size_t *count, const char *word)
{
	if (*count == MAX_LISTED)
		usage();
	list[(*count)++] = word;
}

static void parse_checks(struct program *program, char *label)
{
	program->label = strtok(label, ":");
	for (const char *check; (check = strtok(NULL, ":")) != NULL;) {
		if (strcmp(check, "delivers") == 0)
			program->must_deliver = true;
		else if (strcmp(check, "silent") == 0)
			program->must_be_silent = true;
		else if (strcmp(check, "null") == 0)
			program->null_stdout = true;
		else
			usage();
	}
}

static bool is_overridden(const struct program *program, const char *variable)
{
	size_t name_length = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < program->variable_count; i++)
		if (strncmp(program->variables[i], variable, name_length) == 0)
			return true;
	return false;
}

static char **make_environment(const struct program *program)
{
	size_t count = 0;
	char **environment;

	while (environ[count] != NULL)
		count++;
	environment = allocate(count + program->variable_count + 1, sizeof *environment);
	count = 0;
	for (char **variable = environ; *variable != NULL; variable++)
		if (!is_overridden(program, *variable))
			environment[count++] = *variable;
	for (size_t i = 0; i < program->variable_count; i++)
		environment[count++] = (char *)(size_t)program->variables[i];
	return environment;
}

/* Takes the words of one program, up to "--" or the end; returns what is left. */
static char **parse_program(struct bench *bench, char **words)
{
	struct program *program = &bench->programs[bench->program_count++];
	size_t rounds = (size_t)bench->rounds;

	if (bench->program_count > MAX_PROGRAMS)
		usage();
	parse_checks(program, *words++);
	while (*words != NULL && strchr(*words, '=') != NULL)
		add(program->variables, &program->variable_count, *words++);
	program->argv = words;
	program->environment = make_environment(program);
	program->wall_us = allocate(rounds, sizeof *program->wall_us);
	program->cpu_us = allocate(rounds, sizeof *program->cpu_us);
	program->ratio = allocate(rounds, sizeof *program->ratio);
	while (*words != NULL && strcmp(*words, "--") != 0)
		words++;
	if (words == program->argv || program->label == NULL)
		usage();
	if (*words == NULL)
		return words;
	*words = NULL; /* the end of this program's argv */
	return words + 1;
}

static void parse(struct bench *bench, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+n:w:i:r:e:t:")) != -1) {
		switch (option) {
		case 'n': bench->rounds = parse_count(optarg, 1); break;
		case 'w': bench->warmups = parse_count(optarg, 0); break;
		case 'i': bench->payload = read_file(optarg); break;
		case 'r': add_refill(bench, optarg); break;
		case 'e': add(bench->emptied, &bench->emptied_count, optarg); break;
		case 't': add(bench->touched, &bench->touched_count, optarg); break;
		default: usage();
		}
	}
	if (optind == argc)
		usage();
	for (char **words = argv + optind; *words != NULL;)
		words = parse_program(bench, words);
}

int main(int argc, char **argv)
{
	static struct bench bench = {.rounds = 100, .warmups = 5};
	struct sigaction action = {.sa_handler = kill_running};

	parse(&bench, argc, argv);
	sigaction(SIGALRM, &action, NULL);
	measure(&bench);
	report(&bench);
	return 0;
}
