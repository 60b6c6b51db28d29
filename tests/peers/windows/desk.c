/* Another program on the desktop of Windows.
 *
 * desk watch     shows a window, and prints "x y left middle right" whenever the pointer or its buttons change
 * desk keys KEY  presses Ctrl+Alt+KEY
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

int main(int count, char **words)
{
    if (count == 2 && !strcmp(words[1], "watch"))
        return watch();
    if (count == 3 && !strcmp(words[1], "keys"))
        return keys(words[2]);
    return 1;
}
