using System.Net;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Tests.Configuration;

public sealed class HostAndPortTests
{
    [Theory]
    [InlineData("voice.example.org:443", "voice.example.org", 443)]
    [InlineData("203.0.113.7:8443", "203.0.113.7", 8443)]
    [InlineData("localhost:1", "localhost", 1)]
    public void TryParse_HostAndPort_AreTakenApart(string text, string host, int port)
    {
        HostAndPort.TryParse(text, out var value).ShouldBeTrue();
        value.ShouldBe(new HostAndPort(host, port));
    }

    [Theory]
    [InlineData("voice.example.org")]
    [InlineData("wss://voice.example.org:443")]
    [InlineData("voice.example.org:443/path")]
    [InlineData("voice_1.example.org:443")]
    [InlineData("vöice.example.org:443")]
    [InlineData("voice.example.org:0")]
    [InlineData("voice.example.org:65536")]
    [InlineData(":443")]
    [InlineData("")]
    public void TryParse_WhatClientsCannotDial_IsRefused(string text) => HostAndPort.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("0.0.0.0:8080", "0.0.0.0:8080")]
    [InlineData("*:8080", "0.0.0.0:8080")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("[::1]:8443", "[::1]:8443")]
    public void TryParseListen_Address_IsAnEndpoint(string text, string expected)
    {
        HostAndPort.TryParseListen(text, out var endpoint).ShouldBeTrue();
        endpoint.ShouldBe(IPEndPoint.Parse(expected));
    }

    [Theory]
    [InlineData("8080")]
    [InlineData(":8080")]
    [InlineData("1:8080")]
    [InlineData("voice.example.org:8080")]
    [InlineData("127.0.0.1:http")]
    [InlineData("::1:8080")]
    public void TryParseListen_AnythingElse_IsRefused(string text) => HostAndPort.TryParseListen(text, out _).ShouldBeFalse();
}
