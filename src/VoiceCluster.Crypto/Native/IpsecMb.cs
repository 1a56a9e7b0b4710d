using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics.X86;

namespace VoiceCluster.Crypto.Native;

/// <summary>The AES-256-GCM entry points of intel-ipsec-mb 1.x, in the variant for this processor.</summary>
/// <remarks>
/// The library publishes them through a large table whose layout changes between versions, and under names that end in the
/// instruction set; the names are the steadier of the two. Source: intel-ipsec-mb.h, <c>aes_gcm_pre_t</c> and <c>aes_gcm_enc_dec_t</c>.
/// Both ciphers take less than a microsecond for any datagram and neither wait nor call back, so the runtime is not told that the thread
/// is away: that would cost as much as the encryption.
/// </remarks>
internal sealed unsafe class IpsecMb
{
    /// <summary>Bytes of <c>struct gcm_key_data</c>, 1,008 in all versions 1.x, rounded up. To be aligned to 64.</summary>
    public const int KeyDataLength = 1024;

    /// <summary>Bytes of <c>struct gcm_context_data</c>, 88 or less in all versions 1.x, rounded up.</summary>
    public const int ContextLength = 128;

    /// <summary>pre(key, key data): expands a key.</summary>
    public readonly delegate* unmanaged<byte*, byte*, void> ExpandKey;

    /// <summary>enc(key data, context, out, in, length, iv, aad, aad length, tag, tag length). The context is scratch.</summary>
    public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void> Encrypt;

    /// <summary>dec, as <see cref="Encrypt"/>: it computes the tag, and comparing it is the caller's duty.</summary>
    public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void> Decrypt;

    private IpsecMb(NativeLibraryFile library, string instructionSet)
    {
        ExpandKey = (delegate* unmanaged<byte*, byte*, void>)library.Export($"aes_gcm_pre_256_{instructionSet}");
        Encrypt = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void>)library.Export(
            $"aes_gcm_enc_256_{instructionSet}");
        Decrypt = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void>)library.Export(
            $"aes_gcm_dec_256_{instructionSet}");
    }

    /// <summary>Loads the library.</summary>
    /// <param name="ipsecMb">The library; lives as long as the process.</param>
    /// <param name="reason">Why it cannot be used, for the start-up log.</param>
    public static bool TryLoad([NotNullWhen(true)] out IpsecMb? ipsecMb, [NotNullWhen(false)] out string? reason)
    {
        ipsecMb = null;
        if (ChooseInstructionSet() is not { } instructionSet)
        {
            reason = "intel-ipsec-mb needs a processor with AES-NI";
            return false;
        }

        if (!NativeLibraryFile.TryLoad(["libIPSec_MB.so.1"], out var library))
        {
            reason = "intel-ipsec-mb (libipsec-mb1) is not installed";
            return false;
        }

        var loaded = new IpsecMb(library, instructionSet);
        reason = library.MissingExport is { } missing ? $"{library.Name} lacks {missing}" : null;
        ipsecMb = reason is null ? loaded : null;
        return reason is null;
    }

    private static string? ChooseInstructionSet()
    {
        if (!Aes.IsSupported || !Pclmulqdq.IsSupported || !Sse42.IsSupported)
        {
            return null;
        }

        var hasAvx512 = Avx512F.VL.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported && Avx512CD.VL.IsSupported;
        return hasAvx512 && HasVectorAes() ? "vaes_avx512"
            : hasAvx512 ? "avx512"
            : Avx2.IsSupported && Bmi2.IsSupported ? "avx_gen4"
            : Avx.IsSupported ? "avx_gen2"
            : "sse";
    }

    // VAES and VPCLMULQDQ, bits 9 and 10 of ECX in leaf 7: the runtime does not report the first.
    private static bool HasVectorAes()
    {
        const int Leaf = 7;
        const int Bits = (1 << 9) | (1 << 10);
        return X86Base.CpuId(0, 0).Eax >= Leaf && (X86Base.CpuId(Leaf, 0).Ecx & Bits) == Bits;
    }
}
