using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Gateways.Edge;

namespace VoiceCluster.Gateways.Tests.Edge;

public sealed class ConnectionLimiterTests : IDisposable
{
    private static readonly IPAddress First = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Second = IPAddress.Parse("192.0.2.2");

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly EdgeTelemetry _telemetry;

    public ConnectionLimiterTests() => _telemetry = new EdgeTelemetry(_services.GetRequiredService<IMeterFactory>());

    [Fact]
    public void TryEnter_BeyondTheLimitOfAnAddress_RefusesThatAddressOnly()
    {
        var limiter = new ConnectionLimiter(new ConnectionLimits(10, 2), _telemetry);
        limiter.TryEnter(First, out _).ShouldBe(ConnectionAdmission.Admitted);
        limiter.TryEnter(First, out _).ShouldBe(ConnectionAdmission.Admitted);
        limiter.TryEnter(First, out var refused).ShouldBe(ConnectionAdmission.TooManyFromAddress);
        refused.ShouldBeNull();
        limiter.TryEnter(Second, out _).ShouldBe(ConnectionAdmission.Admitted);
        limiter.Waiting.ShouldBe(3);
        _telemetry.RefusedTotal.ShouldBe(1);
    }

    [Fact]
    public void TryEnter_BeyondTheTotal_RefusesEverybody()
    {
        var limiter = new ConnectionLimiter(new ConnectionLimits(1, 1), _telemetry);
        limiter.TryEnter(First, out _);
        limiter.TryEnter(Second, out _).ShouldBe(ConnectionAdmission.TooManyInAll);
    }

    [Fact]
    public void Dispose_Twice_GivesOnePlaceBack()
    {
        var limiter = new ConnectionLimiter(new ConnectionLimits(10, 10), _telemetry);
        limiter.TryEnter(First, out var one);
        limiter.TryEnter(First, out var other);
        one!.Dispose();
        one.Dispose();
        limiter.Waiting.ShouldBe(1);
        other!.Dispose();
        limiter.Waiting.ShouldBe(0);
        limiter.Addresses.ShouldBe(0);
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("1.2.3.4", "102:304::", false)]
    public void TryEnter_TwoAddresses_ShareAPlaceWhenOneCustomerHasBoth(string one, string other, bool share)
    {
        var limiter = new ConnectionLimiter(new ConnectionLimits(10, 1), _telemetry);
        limiter.TryEnter(IPAddress.Parse(one), out _);
        var expected = share ? ConnectionAdmission.TooManyFromAddress : ConnectionAdmission.Admitted;
        limiter.TryEnter(IPAddress.Parse(other), out _).ShouldBe(expected);
    }

    [Fact]
    public void TryEnter_FromManyThreads_NeverPassesTheLimitAndEndsAtZero()
    {
        var limiter = new ConnectionLimiter(new ConnectionLimits(8, 4), _telemetry);
        Parallel.For(0, 2_000, index =>
        {
            if (limiter.TryEnter(index % 2 == 0 ? First : Second, out var lease) == ConnectionAdmission.Admitted)
            {
                limiter.Waiting.ShouldBeLessThanOrEqualTo(8);
                lease!.Dispose();
            }
        });
        limiter.Waiting.ShouldBe(0);
        limiter.Addresses.ShouldBe(0);
    }

    public void Dispose() => _services.Dispose();
}
