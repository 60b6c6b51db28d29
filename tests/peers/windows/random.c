/* Rust's standard library asks bcryptprimitives.dll for random bytes. Windows has it since version 7, Wine only since 9. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *bytes, SIZE_T count)
{
    return RtlGenRandom(bytes, (ULONG)count);
}
