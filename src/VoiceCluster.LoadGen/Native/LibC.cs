using System.Runtime.InteropServices;

namespace VoiceCluster.LoadGen.Native;

// Constants are those of the generic ABI, which x86-64 and arm64 share.
internal static unsafe partial class LibC
{
    public const int AddressFamilyInet = 2;
    public const int SocketDatagramCloseOnExec = 2 | 0x80000;

    public const int LevelIp = 0;
    public const int LevelSocket = 1;
    public const int OptionReuseAddress = 2;
    public const int OptionSendBuffer = 7;
    public const int OptionReceiveBuffer = 8;
    public const int OptionAttachFilter = 26;
    public const int OptionDetachFilter = 27;
    public const int OptionTimestampNanoseconds = 35;
    public const int OptionPacketInformation = 8;

    public const int FlagDontWait = 0x40;

    public const int ErrorInterrupted = 4;
    public const int ErrorTryAgain = 11;
    public const int ErrorNoBuffers = 105;

    public const int SignalUser1 = 10;
    public const int SignalTerminate = 15;
    public const int SignalContinue = 18;
    public const int SignalStop = 19;

    public const int ClockRealtime = 0;
    public const int ClockMonotonic = 1;

    [LibraryImport("libc", EntryPoint = "socket")]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind")]
    public static partial int Bind(int socket, SocketAddressIn* address, uint length);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    public static partial int SetSocketOption(int socket, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "recvmmsg")]
    public static partial int ReceiveMessages(int socket, MessageHeader* headers, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg")]
    public static partial int SendMessages(int socket, MessageHeader* headers, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int GetClock(int clock, KernelTime* time);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);
}
