using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace VoiceCluster.Crypto.Native;

/// <summary>A loaded shared library; it stays loaded as long as the process.</summary>
/// <remarks>Entry points are fetched by hand so that a missing library or entry is an answer, not an exception on the packet path.</remarks>
internal sealed class NativeLibraryFile
{
    private readonly nint _handle;

    private NativeLibraryFile(string name, nint handle)
    {
        Name = name;
        _handle = handle;
    }

    /// <summary>The file name it was found under.</summary>
    public string Name { get; }

    /// <summary>The first entry point that was asked for and not there; <c>null</c> if all were.</summary>
    public string? MissingExport { get; private set; }

    /// <summary>Loads the first of several file names that is there.</summary>
    public static bool TryLoad(ReadOnlySpan<string> names, [NotNullWhen(true)] out NativeLibraryFile? library)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                library = new NativeLibraryFile(name, handle);
                return true;
            }
        }

        library = null;
        return false;
    }

    /// <summary>The address of an entry point; 0, noted in <see cref="MissingExport"/>, if there is none.</summary>
    public nint Export(string name)
    {
        if (!NativeLibrary.TryGetExport(_handle, name, out var address))
        {
            MissingExport ??= name;
        }

        return address;
    }
}
