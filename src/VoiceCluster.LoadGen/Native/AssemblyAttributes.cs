using System.Runtime.CompilerServices;

// Structures cross to the kernel as they lie in memory.
[assembly: DisableRuntimeMarshalling]
