using System.Net;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Node.Tests.Configuration;

public sealed class NodeConfigurationTests : IDisposable
{
    /// <summary>What a node outside development mode needs at least, with TLS ended elsewhere.</summary>
    private static readonly string[] Production =
    [
        "--Https:Listen=off",
        "--Media:AdvertisedAddress=203.0.113.7",
        "--Lvsp:Secrets:default=a-secret-of-some-length",
        "--Voice:PublicEndpoint=voice.example.org:443",
        "--Admin:Token=a-token-of-some-length",
    ];

    private static readonly string[] Postgres =
    [
        "--Cluster:Store=Postgres",
        "--Cluster:Secret=a-secret-of-some-length",
        "--Cluster:Postgres:ConnectionString=Host=db;Database=voice;Username=u;Password=hidden",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string?> _environment = [];

    public NodeConfigurationTests()
    {
        _directory.Write("hocon/common.conf", "{}");
        _directory.Write("hocon/dev.conf", "{}");
    }

    [Fact]
    public void Load_TestClock_IsSetByTheFlagAndByNothingElse()
    {
        Load([.. Production, "--test-clock=/tmp/clock"]).Options.TestClock.ShouldBe("/tmp/clock");

        _environment["VOICECLUSTER__TestClock"] = "/tmp/clock";
        var loaded = Load(Production);
        loaded.Options.TestClock.ShouldBeNull();
        loaded.Problems.ShouldHaveSingleItem().Problem.ShouldBe("There is no such setting.");
    }

    [Fact]
    public void Load_MinimalProduction_HasNoProblemsAndTheDocumentedDefaults()
    {
        var loaded = Load(Production);
        loaded.Problems.ShouldBeEmpty();
        loaded.Warnings.ShouldBeEmpty();
        loaded.Action.ShouldBe(StartAction.Run);

        var options = loaded.Options;
        options.Http.Listen.ShouldBe(IPEndPoint.Parse("0.0.0.0:8080"));
        options.Https.Listen.ShouldBeNull();
        options.Media.Listen.ShouldBe(IPEndPoint.Parse("0.0.0.0:50000"));
        options.Media.AdvertisedAddress.ShouldBe(IPAddress.Parse("203.0.113.7"));
        options.Media.Modes.ShouldBe(TransportEncryptionModes.All);
        options.Media.Workers.ShouldBe(Environment.ProcessorCount);
        options.Media.Dscp.ShouldBe(46);
        options.Lvsp.Listen.ShouldBeNull();
        options.Lvsp.HeartbeatInterval.ShouldBe(TimeSpan.FromSeconds(30));
        options.Lvsp.RequireHeartbeat.ShouldBeFalse();
        options.Lvsp.SessionIdCheck.ShouldBe(SessionIdCheck.Strict);
        options.Lvsp.AcceptChannelToken.ShouldBeTrue();
        options.Lvsp.ResumeWindow.ShouldBe(TimeSpan.FromSeconds(120));
        options.Voice.ResumeWindow.ShouldBe(TimeSpan.FromSeconds(60));
        options.Voice.UnclaimedTimeout.ShouldBe(TimeSpan.FromSeconds(60));
        options.Voice.ChannelIdleTimeout.ShouldBe(TimeSpan.FromMinutes(5));
        options.Voice.HeartbeatInterval.ShouldBe(TimeSpan.FromMilliseconds(13_750));
        options.Admin.Listen.ShouldBe(IPEndPoint.Parse("127.0.0.1:9090"));
        options.Limits.PacketsPerSecondPerSession.ShouldBe(150);
        options.Limits.LvspMessageSize.ShouldBe(65_536);
        options.Cluster.Store.ShouldBe(ClusterStoreKind.InMemory);
    }

    [Theory]
    [InlineData("Cluster:Postgres:ConnectionString", "no database is named", "--Cluster:Secret=a-secret-of-some-length")]
    [InlineData("Cluster:Postgres:ConnectionString", "no connection string", "--Cluster:Secret=a-secret-of-some-length", "--Cluster:Postgres:ConnectionString=hidden")]
    [InlineData("Cluster:Postgres:ConnectionString", "no Host", "--Cluster:Secret=a-secret-of-some-length", "--Cluster:Postgres:ConnectionString=Database=hidden")]
    [InlineData("Cluster:Secret", "same on every node", "--Cluster:Postgres:ConnectionString=Host=db;Database=voice;Username=u;Password=hidden")]
    public void Load_PostgresWithoutWhatItNeeds_SaysWhatAndShowsNoSecret(string key, string problem, params string[] flags)
    {
        var found = Load([.. Production, "--Cluster:Store=Postgres", .. flags]).Problems.ShouldHaveSingleItem();

        found.Key.ShouldBe(key);
        found.Problem.ShouldContain(problem);
        found.ToString().ShouldNotContain("hidden");
        found.Fix.ShouldNotBeEmpty();
    }

    [Fact]
    public void Load_Postgres_IsShownByHostAndDatabase()
    {
        var loaded = Load(
        [
            .. Production,
            "--Cluster:Store=Postgres",
            "--Cluster:Secret=a-secret-of-some-length",
            "--Cluster:Postgres:ConnectionString=Host=db;Database=voice;Username=u;Password=hidden",
        ]);

        loaded.Problems.ShouldBeEmpty();
        loaded.Warnings.ShouldBeEmpty();
        loaded.Options.Cluster.StoreDescription.ShouldBe("PostgreSQL at db:5432/voice");
        loaded.Options.Cluster.ToString().ShouldNotContain("hidden");
        loaded.Effective.ShouldAllBe(setting => !setting.Value.Contains("hidden", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Cluster:Listen", "make no cluster", "--Cluster:Store=InMemory", "--Cluster:Listen=127.0.0.1:7400")]
    [InlineData("Cluster:Advertise", "wildcard", "--Cluster:Listen=0.0.0.0:7400")]
    [InlineData("Cluster:Secret", "fewer than 16", "--Cluster:Listen=127.0.0.1:7400", "--Cluster:Secret=hidden")]
    [InlineData("Cluster:Secret", "same on every node", "--Cluster:Listen=127.0.0.1:7400", "--Cluster:Secret=")]
    [InlineData("Cluster:Tls:AuthorityPath", "no such file", "--Cluster:Listen=127.0.0.1:7400", "--Cluster:Tls:AuthorityPath=/none")]
    public void Load_LinksThatCannotWork_SaysWhy(string key, string problem, params string[] flags)
    {
        var found = Load([.. Production, .. Postgres, .. flags]).Problems.First(found => found.Key == key);

        found.Problem.ShouldContain(problem);
        found.ToString().ShouldNotContain("hidden");
        found.Fix.ShouldNotBeEmpty();
    }

    [Fact]
    public void Load_LinkTlsInPart_NamesEveryMissingFile() =>
        Load([.. Production, .. Postgres, "--Cluster:Listen=127.0.0.1:7400", "--Cluster:Tls:KeyPath=/none"])
            .Problems.Select(found => found.Key)
            .ShouldBe(["Cluster:Tls:CertificatePath", "Cluster:Tls:KeyPath", "Cluster:Tls:AuthorityPath"], ignoreOrder: true);

    [Theory]
    [InlineData("10.0.0.5:7400", null, "10.0.0.5:7400", true)]
    [InlineData("0.0.0.0:7400", "10.0.0.5:7401", "10.0.0.5:7401", true)]
    [InlineData("10.0.0.5:7400", "voice-1.internal:7400", "voice-1.internal:7400", true)]
    [InlineData("127.0.0.1:7400", null, "127.0.0.1:7400", false)]
    public void Load_Links_AreToldByAddressAndWarnOfClearText(string listen, string? advertise, string told, bool warns)
    {
        string[] flags = advertise is null ? [] : [$"--Cluster:Advertise={advertise}"];
        var loaded = Load([.. Production, .. Postgres, $"--Cluster:Listen={listen}", .. flags]);

        loaded.Problems.ShouldBeEmpty();
        loaded.Options.Cluster.LinkAddress!.ToString().ShouldBe(told);
        loaded.Warnings.Select(found => found.Key).ShouldBe(warns ? ["Cluster:Tls:CertificatePath"] : []);
    }

    [Fact]
    public void Load_ANameBeforeAWildcard_WarnsThatMediaHasNoAddress()
    {
        var loaded = Load([.. Production, .. Postgres, "--Cluster:Listen=0.0.0.0:7400", "--Cluster:Advertise=voice-1.internal:7400"]);

        loaded.Problems.ShouldBeEmpty();
        loaded.Warnings.Select(found => found.Key).ShouldBe(["Cluster:Tls:CertificatePath", "Cluster:Advertise"], ignoreOrder: true);
        loaded.Options.Cluster.LinkAddress!.ToString().ShouldBe("voice-1.internal:7400");
        loaded.Options.Cluster.RelayAddress.ShouldBeNull();
    }

    [Fact]
    public void Load_PostgresWithoutListen_OpensNoPortForLinks() =>
        Load([.. Production, .. Postgres]).Options.Cluster.Listen.ShouldBeNull();

    [Fact]
    public void Load_SameKeyEverywhere_TheLaterSourceWins()
    {
        _directory.Write("hocon/common.conf", """{ "Node": { "Region": "common" } }""");
        Load(Production).Options.Node.Region.ShouldBe("common");
        _directory.Write("hocon/node.conf", """{ "Node": { "Region": "node" } }""");
        Load(Production).Options.Node.Region.ShouldBe("node");
        var other = _directory.Write("other.conf", """{ "Node": { "Region": "other" } }""");
        Load([.. Production, "--config", other]).Options.Node.Region.ShouldBe("other");
        _directory.Write("hocon/dev.conf", """{ "Node": { "Region": "dev" } }""");
        Load([.. Production, "--dev"]).Options.Node.Region.ShouldBe("dev");
        _environment["VOICECLUSTER__Node__Region"] = "environment";
        Load([.. Production, "--dev"]).Options.Node.Region.ShouldBe("environment");
        Load([.. Production, "--dev", "--Node:Region", "flag"]).Options.Node.Region.ShouldBe("flag");
    }

    [Fact]
    public void Load_EffectiveSettings_NameTheirOriginAndHideSecrets()
    {
        _environment["VOICECLUSTER__Node__Region"] = "eu";
        var effective = Load(Production).Effective.ToDictionary(setting => setting.Key);
        effective["Node:Region"].ShouldBe(new EffectiveSetting("Node:Region", "eu", "environment variable VOICECLUSTER__Node__Region"));
        effective["Admin:Token"].ShouldBe(new EffectiveSetting("Admin:Token", "(set)", "flag --Admin:Token"));
        effective["Lvsp:Secrets:default"].Value.ShouldBe("(set)");
        effective["Media:Dscp"].ShouldBe(new EffectiveSetting("Media:Dscp", "46", null));
    }

    [Fact]
    public void ToString_OfAllOptions_ShowsNoSecret()
    {
        var options = Load([.. Production, "--Cluster:Secret", "cluster-hidden", "--Admin:Token", "admin-hidden", "--Lvsp:Secrets:other", "realm-hidden"]).Options;
        options.Cluster.Secret.ShouldBe("cluster-hidden");
        options.ToString().ShouldNotContain("hidden");
        options.Lvsp.Secrets.ShouldAllBe(secret => !secret.ToString().Contains("hidden"));
    }

    [Fact]
    public void Load_CommentsAndTrailingCommas_AreTaken()
    {
        _directory.Write("hocon/common.conf", "// a comment\n{ \"Node\": { \"Region\": \"eu\", /* another */ }, }");
        Load(Production).Options.Node.Region.ShouldBe("eu");
    }

    [Fact]
    public void Load_ShorterListOnTop_ReplacesTheWholeList()
    {
        _directory.Write("hocon/common.conf", """{ "Http": { "TrustedProxies": ["10.0.0.0/8", "192.168.0.0/16"] } }""");
        Load(Production).Options.Http.TrustedProxies.Networks.ShouldBe([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("192.168.0.0/16")]);
        Load([.. Production, "--Http:TrustedProxies=172.16.0.0/12"]).Options.Http.TrustedProxies.Networks.ShouldBe([IPNetwork.Parse("172.16.0.0/12")]);
        _environment["VOICECLUSTER__Http__TrustedProxies"] = "172.16.0.0/12, 2001:db8::/32";
        Load(Production).Options.Http.TrustedProxies.Networks.Length.ShouldBe(2);
    }

    [Fact]
    public void Load_RegionGroups_SayWhichRegionsAreNear()
    {
        Load(Production).Options.Node.RegionGroups.ShouldBeEmpty();

        var groups = Load([.. Production, "--Node:RegionGroups=paris=europe, oslo=asia, oslo = europe"]).Options.Node.RegionGroups;

        groups.OrderBy(entry => entry.Key, StringComparer.Ordinal).ShouldBe([KeyValuePair.Create("oslo", "europe"), KeyValuePair.Create("paris", "europe")]);
    }

    [Fact]
    public void Load_Modes_KeepTheirOrder()
    {
        var loaded = Load([.. Production, "--Media:Modes=aead_xchacha20_poly1305_rtpsize,aead_aes256_gcm_rtpsize"]);
        loaded.Options.Media.Modes.ShouldBe([TransportEncryptionMode.AeadXChaCha20Poly1305RtpSize, TransportEncryptionMode.AeadAes256GcmRtpSize]);
    }

    [Fact]
    public void Load_SecretsOfSeveralSources_AddUpByRealm()
    {
        _directory.Write("hocon/common.conf", """{ "Lvsp": { "Secrets": { "default": "first-secret-of-some-length", "other": ["new-secret-of-some-length", "old-secret-of-some-length"] } } }""");
        _environment["VOICECLUSTER__LVSP__SECRETS__DEFAULT"] = "second-secret-of-some-length";
        var loaded = Load([.. Production.Where(flag => !flag.Contains("Secrets", StringComparison.Ordinal))]);
        loaded.Problems.ShouldBeEmpty();
        loaded.Options.Lvsp.Secrets.ShouldBe(
        [
            new RealmSecret("default", "second-secret-of-some-length"),
            new RealmSecret("other", "new-secret-of-some-length"),
            new RealmSecret("other", "old-secret-of-some-length"),
        ]);
        loaded.Options.Lvsp.Realms.ShouldBe(["default", "other"]);
    }

    [Fact]
    public void Load_EmptyValue_MeansNotSet()
    {
        _environment["VOICECLUSTER__Media__Workers"] = "";
        Load(Production).Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Load_UnknownKeys_AreAllNamedWithOriginAndSuggestion()
    {
        var node = _directory.Write("hocon/node.conf", """{ "Media": { "AdvertizedAddress": "x", "HeartbeatInterval": "1s" }, "Zebra": 1 }""");
        _environment["VOICECLUSTER__Http__Lisen"] = "x";
        var problems = Load([.. Production, "--Admin:Tokne", "super-secret"]).Problems.Select(problem => problem.ToString()).ToArray();
        problems.ShouldContain($"Media:AdvertizedAddress (from {node}): There is no such setting. Fix: Did you mean Media:AdvertisedAddress?");
        problems.ShouldContain($"Media:HeartbeatInterval (from {node}): There is no such setting. Fix: Did you mean Lvsp:HeartbeatInterval?");
        problems.ShouldContain($"Zebra (from {node}): There is no such setting. Fix: Remove it, or run with --help for the settings there are.");
        problems.ShouldContain("Http:Lisen (from environment variable VOICECLUSTER__Http__Lisen): There is no such setting. Fix: Did you mean Http:Listen?");
        problems.ShouldContain("Admin:Tokne (from flag --Admin:Tokne): There is no such setting. Fix: Did you mean Admin:Token?");
        problems.Length.ShouldBe(5);
    }

    [Theory]
    [InlineData("--Lvsp:HeartbeatInterval=30", "Lvsp:HeartbeatInterval = \"30\"", "a whole number and a unit")]
    [InlineData("--Lvsp:HeartbeatInterval=1h", "Lvsp:HeartbeatInterval = \"1h\"", "from 1s to 10m")]
    [InlineData("--Limits:LvspMessageSize=64KB", "Limits:LvspMessageSize = \"64KB\"", "KiB")]
    [InlineData("--Limits:PacketsPerSecondPerSession=0", "Limits:PacketsPerSecondPerSession = \"0\"", "from 10 to 10000")]
    [InlineData("--Media:Dscp=64", "Media:Dscp = \"64\"", "from 0 to 63")]
    [InlineData("--Media:Workers=many", "Media:Workers = \"many\"", "whole number")]
    [InlineData("--Media:Listen=off", "Media:Listen = \"off\"", "media port")]
    [InlineData("--Media:Listen=0.0.0.0:65535 --Media:Workers=2", "Media:Listen = \"0.0.0.0:65535\"", "lower port")]
    [InlineData("--Media:Modes=rot13", "Media:Modes = \"rot13\"", "aead_aes256_gcm_rtpsize")]
    [InlineData("--Http:Listen=8080", "Http:Listen = \"8080\"", "0.0.0.0:8080")]
    [InlineData("--Http:Listen=off", "Http:Listen = \"off\"", "Switch one of them on")]
    [InlineData("--Http:TrustedProxies=10.0.0.0/33", "Http:TrustedProxies = \"10.0.0.0/33\"", "10.0.0.0/8")]
    [InlineData("--Http:TrustedProxies=10.0.0.1", "Http:TrustedProxies = \"10.0.0.1\"", "192.0.2.4/32")]
    [InlineData("--Http:ProxyProtocol=true", "Http:ProxyProtocol = \"true\"", "Http:TrustedProxies")]
    [InlineData("--Http:ProxyProtocol=yes", "Http:ProxyProtocol = \"yes\"", "true or false")]
    [InlineData("--Lvsp:SessionIdCheck=lax", "Lvsp:SessionIdCheck = \"lax\"", "strict, first-use")]
    [InlineData("--Cluster:Store=PostgreSQL", "Cluster:Store = \"PostgreSQL\"", "InMemory")]
    [InlineData("--Voice:PublicEndpoint=wss://voice.example.org", "Voice:PublicEndpoint = \"wss://voice.example.org\"", "host:port")]
    [InlineData("--Voice:PublicEndpoint=voice.example.org:8080", "Voice:PublicEndpoint = \"voice.example.org:8080\"", "443")]
    [InlineData("--Voice:PublicEndpoint=voice.example.org:80", "Voice:PublicEndpoint = \"voice.example.org:80\"", "443")]
    [InlineData("--Voice:PublicEndpoint=", "Voice:PublicEndpoint", "voice.example.org:443")]
    [InlineData("--Node:Id=Voice_1", "Node:Id = \"Voice_1\"", "voice-1")]
    [InlineData("--Node:Region=eu.west", "Node:Region = \"eu.west\"", "voice-1")]
    [InlineData("--Node:RegionGroups=paris", "Node:RegionGroups = \"paris\"", "paris=europe")]
    [InlineData("--Node:RegionGroups=paris=", "Node:RegionGroups = \"paris=\"", "paris=europe")]
    [InlineData("--Admin:Listen=0.0.0.0:8080", "Admin:Listen = \"0.0.0.0:8080\"", "own port")]
    [InlineData("--Telemetry:OtlpEndpoint=collector:4317", "Telemetry:OtlpEndpoint = \"collector:4317\"", "whole URL")]
    [InlineData("--Media:AdvertisedAddress=", "Media:AdvertisedAddress", "203.0.113.7")]
    [InlineData("--Media:AdvertisedAddress=voice.example.org", "Media:AdvertisedAddress = \"voice.example.org\"", "203.0.113.7")]
    [InlineData("--Media:AdvertisedAddress=127.0.0.1", "Media:AdvertisedAddress = \"127.0.0.1\"", "--dev")]
    [InlineData("--Media:AdvertisedAddress=0.0.0.0", "Media:AdvertisedAddress = \"0.0.0.0\"", "203.0.113.7")]
    [InlineData("--Media:AdvertisedAddress=2001:db8::1", "Media:AdvertisedAddress = \"2001:db8::1\"", "203.0.113.7")]
    [InlineData("--Lvsp:Secrets:default=", "Lvsp:Secrets:default", "openssl rand -hex 32")]
    [InlineData("--Lvsp:Secrets:other=a-secret-of-some-length", "Lvsp:Secrets:other", "its own secret")]
    [InlineData("--Lvsp:Secrets:my:realm=another-secret-of-some-length", "Lvsp:Secrets:my", "openssl rand -hex 32")]
    [InlineData("--Admin:Token=", "Admin:Token", "openssl rand -hex 32")]
    [InlineData("--Https:Listen=0.0.0.0:8443 --Https:KeyPath=/nowhere/key.pem", "Https:KeyPath = \"/nowhere/key.pem\"", "Https:Listen to off")]
    [InlineData("--Lvsp:Listen=0.0.0.0:9443", "Https:CertificatePath", "Lvsp:Tls to false")]
    public void Load_OneMistake_NamesKeyValueAndFix(string flags, string start, string fix)
    {
        var problems = Load([.. Production, .. flags.Split(' ')]).Problems;
        problems.ShouldContain(problem => problem.Where.StartsWith(start, StringComparison.Ordinal) && problem.ToString().Contains(fix, StringComparison.Ordinal));
        problems.ShouldAllBe(problem => problem.Problem.EndsWith('.') && problem.Fix.Length > 10);
    }

    [Fact]
    public void Load_NothingSetOutsideDevelopment_ReportsEverythingAtOnce()
    {
        var keys = Load([]).Problems.Select(problem => problem.Key);
        keys.ShouldBe(["Https:CertificatePath", "Https:KeyPath", "Media:AdvertisedAddress", "Lvsp:Secrets", "Voice:PublicEndpoint", "Admin:Token"], ignoreOrder: true);
    }

    [Fact]
    public void Load_SecretInAMistake_IsNotShown()
    {
        var loaded = Load([.. Production, "--Lvsp:Secrets:other=a-secret-of-some-length", "--Admin:Token=short"]);
        var everything = string.Join('\n', loaded.Problems.Concat(loaded.Warnings)) + string.Join('\n', loaded.Effective) + loaded.Options;
        everything.ShouldNotContain("a-secret-of-some-length");
        everything.ShouldNotContain("short\"");
    }

    [Theory]
    [InlineData("--Voice:PublicEndpoint=voice.example.org:8443", "Voice:PublicEndpoint", "discord.py 1.5 to 2.5")]
    [InlineData("--Media:AdvertisedAddress=192.168.1.4", "Media:AdvertisedAddress", "private")]
    [InlineData("--Lvsp:Secrets:default=dev-secret", "Lvsp:Secrets:default", "guessed")]
    [InlineData("--Admin:Token=short", "Admin:Token", "guessed")]
    [InlineData("--Admin:Listen=0.0.0.0:9090", "Admin:Listen", "plain HTTP")]
    [InlineData("--Http:TrustedProxies=0.0.0.0/0", "Http:TrustedProxies", "Every address")]
    [InlineData("--dev --Http:Listen=0.0.0.0:8080", "Http:Listen", "known to everyone")]
    public void Load_WhatWorksButIsProbablyNotMeant_IsAWarning(string flags, string key, string words)
    {
        var loaded = Load([.. Production, .. flags.Split(' ')]);
        loaded.Problems.ShouldBeEmpty();
        loaded.Warnings.ShouldContain(warning => warning.Key == key && warning.Problem.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_FilesThatTravelWithTheBuild_MakeAWorkingDevelopmentNode()
    {
        var loaded = NodeConfiguration.Load(["--dev"], [], [AppContext.BaseDirectory]);
        loaded.Problems.ShouldBeEmpty();
        loaded.Warnings.ShouldBeEmpty();
        loaded.Options.Lvsp.Secrets.ShouldBe([new RealmSecret("default", "dev-secret")]);
        IPEndPoint?[] listeners = [loaded.Options.Http.Listen, loaded.Options.Https.Listen, loaded.Options.Admin.Listen, loaded.Options.Media.Listen];
        listeners.ShouldAllBe(listener => IPAddress.IsLoopback(listener!.Address));
        listeners.Select(listener => listener!.Port).ShouldBe([8080, 8443, 9090, 50000]);
    }

    [Fact]
    public void Load_MissingCommonFile_SaysWhereItLooked()
    {
        using var empty = new TemporaryDirectory();
        var loaded = NodeConfiguration.Load(Production, [], [empty.Path]);
        loaded.Problems.ShouldHaveSingleItem().ToString().ShouldContain(empty.Path);
    }

    [Fact]
    public void Load_FileThatIsNoJson_NamesFileAndPlace()
    {
        var file = _directory.Write("hocon/node.conf", "{\n  \"Node\": {\n");
        var problem = Load(Production).Problems.ShouldHaveSingleItem();
        problem.Key.ShouldBe(file);
        problem.Problem.ShouldContain("LineNumber");
    }

    [Fact]
    public void Load_ConfigThatIsNotThere_IsAProblem() =>
        Load([.. Production, "--config", "/nowhere/node.conf"]).Problems.ShouldHaveSingleItem().Key.ShouldBe("--config");

    [Theory]
    [InlineData("--hlep", "Did you mean --help?")]
    [InlineData("--nodes", "--help for the switches")]
    [InlineData("start", "--help for the switches")]
    public void Load_UnknownSwitch_IsAProblem(string flag, string fix) =>
        Load([.. Production, flag]).Problems.ShouldHaveSingleItem().Fix.ShouldContain(fix);

    [Theory]
    [InlineData("--Node:Region")]
    [InlineData("--Node:Region --dev")]
    [InlineData("--config")]
    public void Load_FlagWithoutValue_IsAProblem(string flags) =>
        Load([.. Production, .. flags.Split(' ')]).Problems.ShouldContain(problem => problem.Problem == "The value is missing.");

    [Theory]
    [InlineData("--help", StartAction.ShowHelp)]
    [InlineData("--version", StartAction.ShowVersion)]
    [InlineData("--check", StartAction.Check)]
    public void Load_Switch_ChoosesWhatToDo(string flag, StartAction expected) => Load([flag]).Action.ShouldBe(expected);

    [Fact]
    public void Load_EverySetting_IsDescribedOnceAndHasADocumentedDefaultThatParses()
    {
        var descriptions = Load([]).Descriptions;
        descriptions.Select(description => description.Key).ShouldBeUnique();
        descriptions.ShouldAllBe(description => description.Doc.EndsWith('.') && description.Key.Contains(':'));
    }

    public void Dispose() => _directory.Dispose();

    private LoadedConfiguration Load(string[] arguments) => NodeConfiguration.Load(arguments, _environment, [_directory.Path]);
}
