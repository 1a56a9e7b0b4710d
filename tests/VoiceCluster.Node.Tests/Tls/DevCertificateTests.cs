using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Node.Tls;
using VoiceCluster.TestKit;

namespace VoiceCluster.Node.Tests.Tls;

public sealed class DevCertificateTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly StateDirectory _state;

    public DevCertificateTests() => _state = new StateDirectory(_directory.Path);

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("voice.example.org", false)]
    public void Ensure_NewCertificate_CoversThisMachineOnly(string host, bool covered)
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        using var certificate = Read();
        certificate.MatchesHostname(host).ShouldBe(covered);
    }

    [Fact]
    public void Ensure_AnotherLoopbackAddress_IsCoveredByANewCertificateThatIsKept()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        DevCertificate.Ensure(_state, "127.0.0.3", _time.GetUtcNow());
        using var first = Read();
        first.MatchesHostname("127.0.0.3").ShouldBeTrue();
        first.MatchesHostname("localhost").ShouldBeTrue();
        DevCertificate.Ensure(_state, "127.0.0.3", _time.GetUtcNow());
        using var second = Read();
        second.Thumbprint.ShouldBe(first.Thumbprint);
    }

    [Theory]
    [InlineData("voice.example.org")]
    [InlineData("203.0.113.9")]
    public void Ensure_PublicHost_IsNotCovered(string host)
    {
        DevCertificate.Ensure(_state, host, _time.GetUtcNow());
        using var certificate = Read();
        certificate.MatchesHostname(host).ShouldBeFalse();
    }

    [Fact]
    public void Ensure_SecondStart_KeepsTheCertificate()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        using var first = Read();
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        using var second = Read();
        second.Thumbprint.ShouldBe(first.Thumbprint);
        File.GetUnixFileMode(_state.FileName(DevCertificate.KeyFile)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Ensure_AlmostRunOut_MakesANewOne()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        using var first = Read();
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow() + TimeSpan.FromDays(360));
        using var second = Read();
        second.Thumbprint.ShouldNotBe(first.Thumbprint);
    }

    [Fact]
    public void Ensure_DamagedFile_MakesANewOne()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        _state.Write(DevCertificate.KeyFile, "damaged");
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        Read().Dispose();
    }

    [Fact]
    public void ServerCertificate_RenewedFiles_AreInUseAfterAMinute()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        using var served = Serve(_time);
        var first = served.Current.Thumbprint;
        _time.Advance(TimeSpan.FromMinutes(1));
        served.Current.Thumbprint.ShouldBe(first);

        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow() + TimeSpan.FromDays(360));
        _time.Advance(TimeSpan.FromMinutes(1));
        served.Current.Thumbprint.ShouldNotBe(first);
    }

    [Fact]
    public void FindProblems_NameAndTime_AreJudged()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        using var served = Serve(_time);
        served.FindProblems("localhost").ShouldBeEmpty();
        served.FindProblems(null).ShouldBeEmpty();
        served.FindProblems("voice.example.org").ShouldHaveSingleItem().ShouldContain("voice.example.org");
        using var aYearLater = Serve(new ManualTimeProvider(_time.GetUtcNow() + TimeSpan.FromDays(366)));
        aYearLater.FindProblems(null).ShouldHaveSingleItem().ShouldContain("ran out");
    }

    [Fact]
    public void ServerCertificate_FilesThatDoNotFit_LeaveTheOldOneInUse()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        using var served = Serve(_time);
        var first = served.Current.Thumbprint;
        _state.Write(DevCertificate.CertificateFile, "half a renewal");
        served.Reload().ShouldBeFalse();
        File.Delete(_state.FileName(DevCertificate.KeyFile));
        served.Reload().ShouldBeFalse();
        served.Current.Thumbprint.ShouldBe(first);
    }

    [Fact]
    public void ServerCertificate_KeyOfAnotherCertificate_SaysSo()
    {
        DevCertificate.Ensure(_state, host: null, _time.GetUtcNow());
        var other = new StateDirectory(Path.Combine(_directory.Path, "other"));
        DevCertificate.Ensure(other, host: null, _time.GetUtcNow());
        File.Copy(other.FileName(DevCertificate.KeyFile), _state.FileName(DevCertificate.KeyFile), overwrite: true);
        Should.Throw<CertificateException>(() => Serve(_time)).Message.ShouldContain(DevCertificate.KeyFile);
    }

    public void Dispose()
    {
        _services.Dispose();
        _directory.Dispose();
    }

    private ServerCertificate Serve(TimeProvider time) => new(
        _state.FileName(DevCertificate.CertificateFile),
        _state.FileName(DevCertificate.KeyFile),
        time,
        _services.GetRequiredService<IMeterFactory>(),
        NullLogger<ServerCertificate>.Instance);

    private X509Certificate2 Read() =>
        X509Certificate2.CreateFromPemFile(_state.FileName(DevCertificate.CertificateFile), _state.FileName(DevCertificate.KeyFile));
}
