/* The yardstick: the least that a program can do, built exactly as the hooks are. */
int main(void)
{
	return 0;
}
