using System.Security.Cryptography;
using VoiceCluster.LoadGen.Peers.RtpEngine;

namespace VoiceCluster.LoadGen.Tests.Peers.RtpEngine;

public sealed class SrtpCounterModeTests
{
    // RFC 3711, appendix B.2.
    [Theory]
    [InlineData(0x0000, "e03ead0935c95e80e166b16dd92b4eb4")]
    [InlineData(0x0001, "d23513162b02d0f72a43a2fe4a5f97ab")]
    [InlineData(0x0002, "41e95b3bb0a2e8dd477901e4fca894c0")]
    [InlineData(0xFEFF, "ec8cdf7398607cb0f2d21675ea9ea1e4")]
    [InlineData(0xFF00, "362b7c3c6773516318a077d7fc5073ae")]
    [InlineData(0xFF01, "6a2cc3787889374fbeb4c81b17ba6c44")]
    public void Key_stream_agrees_with_the_RFC(int block, string stream)
    {
        using var aes = Aes.Create();
        aes.SetKey(Convert.FromHexString("2b7e151628aed2a6abf7158809cf4f3c"));
        var data = new byte[(block + 1) * 16];
        SrtpCounterMode.Apply(aes, Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000"), data);
        Convert.ToHexStringLower(data.AsSpan(block * 16)).ShouldBe(stream);
    }

    // RFC 3711, appendix B.3; RFC 6188, section 7, for the key of 32 bytes.
    [Theory]
    [InlineData("e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6", 0, "c61e7a93744f39ee10734afe3ff7a087")]
    [InlineData("e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6", 1, "cebe321f6ff7716b6fd4ab49af256a156d38baa4")]
    [InlineData("e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6", 2, "30cbbc08863d8c85d49db34a9ae1")]
    [InlineData("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6", "3b04803de51ee7c96423ab5b78d2", 0, "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4")]
    [InlineData("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6", "3b04803de51ee7c96423ab5b78d2", 1, "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05")]
    [InlineData("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6", "3b04803de51ee7c96423ab5b78d2", 2, "fa31791685ca444a9e07c6c64e93")]
    public void Session_keys_agree_with_the_RFCs(string key, string salt, int label, string expected) =>
        Convert.ToHexStringLower(SrtpCounterMode.DeriveKey(
            Convert.FromHexString(key), Convert.FromHexString(salt), (SrtpKeyLabel)label, expected.Length / 2)).ShouldBe(expected);
}
