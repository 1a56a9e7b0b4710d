using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux;

// Constants are those of the generic ABI, which x86-64 and arm64 share.
internal static unsafe partial class LibC
{
    public const int AddressFamilyInet = 2;
    public const int AddressFamilyNetlink = 16;
    public const int AddressFamilyPacket = 17;
    public const int SocketDatagramCloseOnExec = 2 | 0x80000;
    public const int SocketRawCloseOnExec = 3 | 0x80000;
    public const int ShutdownBoth = 2;

    public const int LevelIp = 0;
    public const int LevelSocket = 1;
    public const int LevelUdp = 17;
    public const int OptionTypeOfService = 1;
    public const int OptionPathMtuDiscovery = 10;
    public const int PathMtuProbe = 3;
    public const int OptionSendBuffer = 7;
    public const int OptionReceiveBuffer = 8;
    public const int OptionPriority = 12;
    public const int OptionReceiveTimeout = 20;
    public const int OptionTimestampNanoseconds = 35;
    public const int OptionReceiveQueueOverflow = 40;

    public const int OptionReceiveBufferForce = 33;
    public const int OptionSegment = 103;

    public const int ClockThreadProcessorTime = 3;
    public const int PriorityOfProcess = 0;
    public const int SchedulerRoundRobin = 2;
    public const int SchedulerResetOnFork = 0x40000000;

    public const int FlagNone = 0;
    public const int FlagDontWait = 0x40;
    public const int FlagTruncated = 0x20;
    public const int FlagWaitForOne = 0x10000;

    public const short PollReadable = 1;

    public const int EventCloseOnExecNonBlocking = 0x80000 | 0x800;

    public const int ErrorNotPermitted = 1;
    public const int ErrorInterrupted = 4;
    public const int ErrorTryAgain = 11;
    public const int ErrorInvalid = 22;
    public const int ErrorNetworkDown = 100;
    public const int ErrorNetworkUnreachable = 101;
    public const int ErrorNoBuffers = 105;
    public const int ErrorConnectionRefused = 111;
    public const int ErrorHostDown = 112;
    public const int ErrorHostUnreachable = 113;

    [LibraryImport("libc", EntryPoint = "socket")]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind")]
    public static partial int Bind(int socket, void* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    public static partial int GetSocketName(int socket, SocketAddressIn* address, uint* length);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    public static partial int SetSocketOption(int socket, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    public static partial int GetSocketOption(int socket, int level, int option, void* value, uint* length);

    [LibraryImport("libc", EntryPoint = "recvmmsg")]
    public static partial int ReceiveMessages(int socket, MessageHeader* headers, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg")]
    public static partial int SendMessages(int socket, MessageHeader* headers, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    public static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send")]
    public static partial nint Send(int socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "poll")]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd")]
    public static partial int EventDescriptor(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd_write")]
    public static partial int RaiseEvent(int descriptor, ulong value);

    [LibraryImport("libc", EntryPoint = "eventfd_read")]
    public static partial int TakeEvent(int descriptor, ulong* value);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int socket);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    public static partial int SetPriority(int which, uint who, int priority);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    public static partial int SetScheduler(int thread, int policy, int* priority);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    public static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    public static partial int SetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int GetTime(int clock, KernelTime* time);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    public static partial int Sleep(KernelTime* time, KernelTime* left);
}
