using System.Text;

namespace VoiceCluster.Crypto.Tests;

public sealed class RelayCipherTests : IDisposable
{
    private const int HeaderLength = 48;
    private const long Counter = 7;

    private static readonly byte[] Secret = Encoding.UTF8.GetBytes("the secret of a cluster");
    private static readonly RelayEnd Here = new("a", 1, 0);
    private static readonly RelayEnd There = new("b", 2, 1);

    private readonly RelayCipher _sender = RelayCipher.Derive(Secret, Here, There);
    private readonly RelayCipher _receiver = RelayCipher.Derive(Secret, Here, There);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(160)]
    [InlineData(1400)]
    public void Open_WhatTheOtherEndSealed_IsTheBody(int length)
    {
        var body = Body(length);
        var packet = Seal(body, Counter);
        packet.Length.ShouldBe(HeaderLength + length + RelayCipher.Overhead);
        _receiver.Open(packet, HeaderLength, Counter, out var opened).ShouldBe(OpenError.None);
        packet.AsSpan(HeaderLength, opened).ToArray().ShouldBe(body);
    }

    [Fact]
    public void Open_AnyByteChanged_IsNotAuthentic()
    {
        var packet = Seal(Body(32), Counter);
        for (var i = 0; i < packet.Length; i++)
        {
            var damaged = (byte[])packet.Clone();
            damaged[i] ^= 1;
            _receiver.Open(damaged, HeaderLength, Counter, out var length).ShouldBe(OpenError.NotAuthentic);
            length.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(8L)]
    [InlineData(7L + (1L << 32))]
    [InlineData(long.MaxValue)]
    public void Open_UnderAnotherCounter_IsNotAuthentic(long counter) =>
        _receiver.Open(Seal(Body(32), Counter), HeaderLength, counter, out _).ShouldBe(OpenError.NotAuthentic);

    [Fact]
    public void Open_EveryShorterLength_IsRefused()
    {
        var packet = Seal(Body(8), Counter);
        for (var length = 0; length < packet.Length; length++)
        {
            var expected = length < HeaderLength + RelayCipher.Overhead ? OpenError.TooShort : OpenError.NotAuthentic;
            _receiver.Open(packet.AsSpan(0, length).ToArray(), HeaderLength, Counter, out _).ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("b", 2, 1, "a", 1, 0)]
    [InlineData("a", 3, 0, "b", 2, 1)]
    [InlineData("a", 1, 1, "b", 2, 1)]
    [InlineData("a", 1, 0, "b", 3, 1)]
    [InlineData("a", 1, 0, "b", 2, 0)]
    [InlineData("c", 1, 0, "b", 2, 1)]
    [InlineData("a", 1, 0, "c", 2, 1)]
    public void Open_UnderTheKeyOfAnotherDirectionLifeOrWorker_IsNotAuthentic(
        string sender, long senderLife, int senderWorker, string receiver, long receiverLife, int receiverWorker)
    {
        using var other = RelayCipher.Derive(
            Secret, new RelayEnd(sender, senderLife, senderWorker), new RelayEnd(receiver, receiverLife, receiverWorker));
        other.Link.ShouldNotBe(_sender.Link);
        other.Open(Seal(Body(32), Counter), HeaderLength, Counter, out _).ShouldBe(OpenError.NotAuthentic);
    }

    [Fact]
    public void Open_UnderAnotherSecret_IsNotAuthentic()
    {
        using var other = RelayCipher.Derive("another"u8, Here, There);
        other.Open(Seal(Body(32), Counter), HeaderLength, Counter, out _).ShouldBe(OpenError.NotAuthentic);
    }

    [Fact]
    public void Seal_WithoutRoom_WritesNothing() =>
        _sender.Seal(new byte[HeaderLength + 8 + RelayCipher.Overhead - 1], HeaderLength, Body(8), Counter).ShouldBe(0);

    [Fact]
    public void Calls_AfterDisposal_Throw()
    {
        _sender.Dispose();
        Should.Throw<ObjectDisposedException>(() => Seal(Body(8), Counter));
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private byte[] Seal(byte[] body, long counter)
    {
        var packet = new byte[HeaderLength + body.Length + RelayCipher.Overhead];
        packet.AsSpan(0, HeaderLength).Fill(0x5A);
        _sender.Seal(packet, HeaderLength, body, counter).ShouldBe(packet.Length);
        return packet;
    }

    private static byte[] Body(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];
}
