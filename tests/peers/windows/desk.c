/* Another program on the desktop of Windows.
 *
 * desk watch     shows a window, and prints "x y left middle right" whenever the pointer or its buttons change
 * desk keys KEY  presses Ctrl+Alt+KEY
 * desk console PROGRAM WORDS...
 *                runs a program in a console of its own. Presses Ctrl-C there at a line of its input, and ends the program at the end of
 *                its input
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static int is_down(int key)
{
    return (GetAsyncKeyState(key) & 0x8000) != 0;
}

static int watch(void)
{
    HWND window = CreateWindowA("STATIC", "desk", WS_OVERLAPPEDWINDOW | WS_VISIBLE, 0, 0, 1200, 700, NULL, NULL, NULL, NULL);
    int before[5] = {-1, -1, -1, -1, -1};

    if (!window)
        return 1;
    for (;;) {
        MSG message;
        POINT place;

        while (PeekMessageA(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageA(&message);
        if (GetCursorPos(&place)) {
            int now[5] = {place.x, place.y, is_down(VK_LBUTTON), is_down(VK_MBUTTON), is_down(VK_RBUTTON)};

            if (memcmp(now, before, sizeof now)) {
                memcpy(before, now, sizeof now);
                printf("%d %d %d %d %d\n", now[0], now[1], now[2], now[3], now[4]);
                if (fflush(stdout))
                    return 0;
            }
        }
        Sleep(1);
    }
}

static void set_key(WORD key, int is_up)
{
    INPUT input;

    memset(&input, 0, sizeof input);
    input.type = INPUT_KEYBOARD;
    input.ki.wVk = key;
    input.ki.dwFlags = is_up ? KEYEVENTF_KEYUP : 0;
    SendInput(1, &input, sizeof input);
}

static int keys(const char *key)
{
    WORD all[3] = {VK_CONTROL, VK_MENU, (WORD)key[0]};
    int k;

    for (k = 0; k < 3; k++)
        set_key(all[k], 0);
    for (k = 2; k >= 0; k--)
        set_key(all[k], 1);
    return 0;
}

/* The command line of a program, in which each word is quoted. No word here has a quote in it. */
static void join(char *line, size_t size, int count, char **words)
{
    size_t used = 0;
    int k;

    for (k = 0; k < count && used < size; k++)
        used += (size_t)snprintf(line + used, size - used, "\"%s\" ", words[k]);
}

/* What the program in the console is told is not for this one. */
static BOOL WINAPI stay_alive(DWORD what)
{
    (void)what;
    return TRUE;
}

static int console(int count, char **words)
{
    static char line[8192];
    char request[16];
    STARTUPINFOA start;
    PROCESS_INFORMATION program;

    memset(&start, 0, sizeof start);
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = INVALID_HANDLE_VALUE;
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    SetHandleInformation(start.hStdOutput, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    SetHandleInformation(start.hStdError, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    join(line, sizeof line, count, words);
    FreeConsole();
    if (!AllocConsole() || !CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &program)) {
        printf("not started %lu\n", GetLastError());
        return 1;
    }
    SetConsoleCtrlHandler(stay_alive, TRUE);
    while (fgets(request, sizeof request, stdin)) {
        printf("%lu\n", GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) ? 0 : GetLastError());
        fflush(stdout);
    }
    TerminateProcess(program.hProcess, 1);
    return 0;
}

int main(int count, char **words)
{
    if (count == 2 && !strcmp(words[1], "watch"))
        return watch();
    if (count == 3 && !strcmp(words[1], "keys"))
        return keys(words[2]);
    if (count > 2 && !strcmp(words[1], "console"))
        return console(count - 2, words + 2);
    return 1;
}
