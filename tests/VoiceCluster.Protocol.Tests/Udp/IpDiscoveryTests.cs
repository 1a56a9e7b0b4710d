using System.Net;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Protocol.Tests.Udp;

public sealed class IpDiscoveryTests
{
    private static readonly byte[] Address = [203, 0, 113, 7];

    [Fact]
    public void WriteResponse_EveryVector_GivesItsBytes()
    {
        using var vectors = Vectors.Load("udp_control");
        foreach (var vector in vectors.RootElement.GetProperty("ip_discovery").EnumerateArray())
        {
            var from = IPEndPoint.Parse(vector.GetProperty("from").GetString()!);
            var datagram = vector.Hex("request");
            var response = Dirty(80);

            IpDiscovery.TryParseRequest(datagram, out var request).ShouldBeTrue();
            var length = IpDiscovery.WriteResponse(request.Form, datagram, from.Address.GetAddressBytes(), (ushort)from.Port, response);

            response[..length].ShouldBe(vector.Hex("response"), vector.GetProperty("form").GetString());
            length.ShouldBe(datagram.Length);
        }
    }

    [Theory]
    [InlineData(IpDiscoveryForm.Current, 74)]
    [InlineData(IpDiscoveryForm.LegacySsrcFirst, 70)]
    [InlineData(IpDiscoveryForm.LegacyTyped, 70)]
    [InlineData(IpDiscoveryForm.LegacySsrcLast, 70)]
    public void TryParseRequest_EachForm_GivesBackWhatWasWritten(IpDiscoveryForm form, int expectedLength)
    {
        foreach (var ssrc in new uint[] { 1, 12871, 0x0001_0046, Ssrc.AssignableLimit - 1 })
        {
            var datagram = Dirty(expectedLength);
            IpDiscovery.WriteRequest(form, new Ssrc(ssrc), datagram).ShouldBe(expectedLength);

            IpDiscovery.TryParseRequest(datagram, out var request).ShouldBeTrue();

            request.ShouldBe(new IpDiscoveryRequest(form, new Ssrc(ssrc)));
            request.Length.ShouldBe(expectedLength);
        }
    }

    [Fact]
    public void TryParseRequest_OldFormWithoutSource_IsStillARequest()
    {
        IpDiscovery.TryParseRequest(new byte[70], out var request).ShouldBeTrue();

        request.ShouldBe(new IpDiscoveryRequest(IpDiscoveryForm.LegacySsrcFirst, default));
    }

    [Fact]
    public void TryParseRequest_EveryOtherLength_IsRefused()
    {
        var datagram = new byte[200];
        IpDiscovery.WriteRequest(IpDiscoveryForm.Current, new Ssrc(7), datagram);
        for (var length = 0; length <= datagram.Length; length++)
        {
            var isRequest = IpDiscovery.TryParseRequest(datagram.AsSpan(0, length), out _);

            isRequest.ShouldBe(length is 70 or 74);
        }
    }

    [Fact]
    public void TryParseRequest_ResponseInCurrentForm_IsRefused()
    {
        var response = Respond(IpDiscoveryForm.Current, Address);

        IpDiscovery.TryParseRequest(response, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:6666")]
    public void WriteResponse_EachKindOfAddress_IsReadBackByClients(string source, string expected)
    {
        foreach (var form in Enum.GetValues<IpDiscoveryForm>())
        {
            var response = Respond(form, IPAddress.Parse(source).GetAddressBytes());

            IpDiscovery.TryParseResponse(response, out var parsed).ShouldBeTrue();

            parsed.Address.ToString().ShouldBe(expected);
            parsed.Port.ShouldBe((ushort)50505);
        }
    }

    [Theory]
    [InlineData(IpDiscoveryForm.Current, 12871u)]
    [InlineData(IpDiscoveryForm.LegacySsrcFirst, 12871u)]
    [InlineData(IpDiscoveryForm.LegacyTyped, 0u)]
    [InlineData(IpDiscoveryForm.LegacySsrcLast, 0u)]
    public void TryParseResponse_SourceInTheAnswer_IsReadWhereTheFormCarriesIt(IpDiscoveryForm form, uint expected)
    {
        IpDiscovery.TryParseResponse(Respond(form, Address), out var parsed).ShouldBeTrue();

        parsed.Ssrc.ShouldBe(new Ssrc(expected));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("256.1.1.1")]
    public void TryParseResponse_TextThatIsNoAddress_IsRefused(string text)
    {
        var response = Respond(IpDiscoveryForm.Current, Address);
        response.AsSpan(8, 64).Clear();
        System.Text.Encoding.ASCII.GetBytes(text, response.AsSpan(8));

        IpDiscovery.TryParseResponse(response, out _).ShouldBeFalse();
    }

    [Fact]
    public void TryParseResponse_TextWithoutEnd_IsRefused()
    {
        var response = Respond(IpDiscoveryForm.Current, Address);
        response.AsSpan(8, 64).Fill((byte)'1');

        IpDiscovery.TryParseResponse(response, out _).ShouldBeFalse();
    }

    [Fact]
    public void TryParseResponse_CutAtEveryLength_IsRefused()
    {
        var response = Respond(IpDiscoveryForm.Current, Address);
        for (var length = 0; length < response.Length; length++)
        {
            IpDiscovery.TryParseResponse(response.AsSpan(0, length), out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void Exchange_AnySourceAndEndpoint_ArrivesUnchanged() =>
        Prop.ForAll<uint, uint, ushort>((ssrc, address, port) =>
        {
            var expected = new IPAddress(address);
            var datagram = new byte[74];
            var response = new byte[74];
            IpDiscovery.WriteRequest(IpDiscoveryForm.Current, new Ssrc(ssrc), datagram);
            IpDiscovery.WriteResponse(IpDiscoveryForm.Current, datagram, expected.GetAddressBytes(), port, response);

            return IpDiscovery.TryParseResponse(response, out var parsed)
                && parsed == new IpDiscoveryResponse(new Ssrc(ssrc), expected, port);
        }).QuickCheckThrowOnFailure();

    private static byte[] Respond(IpDiscoveryForm form, byte[] address)
    {
        var request = new byte[new IpDiscoveryRequest(form, default).Length];
        var response = Dirty(request.Length);
        IpDiscovery.WriteRequest(form, new Ssrc(12871), request);
        IpDiscovery.WriteResponse(form, request, address, 50505, response);
        return response;
    }

    private static byte[] Dirty(int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(0xAA);
        return bytes;
    }
}
