using System.Net;
using System.Security.Cryptography;
using System.Text;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Store.Postgres;

namespace VoiceCluster.Node.Configuration;

/// <summary>Checks settings against each other and against what a public node needs.</summary>
internal sealed class NodeOptionsValidator(NodeOptions options, SettingsReader read)
{
    /// <summary>Shorter secrets can be guessed by trying; the mark is 16 characters, 80 bits of base32.</summary>
    private const int ShortSecret = 16;

    private readonly List<SettingProblem> _warnings = [];

    public List<SettingProblem> Validate()
    {
        CheckIdentity();
        CheckListeners();
        CheckProxies();
        CheckCertificate();
        CheckMedia();
        CheckSecrets();
        CheckPublicEndpoint();
        CheckAdmin();
        CheckCluster();
        if (options.Dev)
        {
            WarnOfPublicDevelopmentNode();
        }
        return _warnings;
    }

    private void CheckIdentity()
    {
        CheckName("Node:Id", options.Node.Id);
        CheckName("Node:Region", options.Node.Region);
    }

    private void CheckName(string key, string name)
    {
        if (!IdentityOptions.IsName(name))
        {
            Problem(key, "A name has 1 to 63 of the characters a-z, 0-9 and '-'.", "Write such a name, for example voice-1.");
        }
    }

    private void CheckListeners()
    {
        if (options.Http.Listen is null && options.Https.Listen is null)
        {
            Problem("Http:Listen", "Both Http:Listen and Https:Listen are off, so nobody could connect.", "Switch one of them on.");
        }
        (string Key, IPEndPoint? Listen)[] listeners =
        [
            ("Http:Listen", options.Http.Listen), ("Https:Listen", options.Https.Listen), ("Lvsp:Listen", options.Lvsp.Listen), ("Admin:Listen", options.Admin.Listen),
        ];
        for (var later = 1; later < listeners.Length; later++)
        {
            var clash = listeners[..later].FirstOrDefault(earlier => Overlap(earlier.Listen, listeners[later].Listen));
            if (clash.Key is not null)
            {
                Problem(listeners[later].Key, $"{clash.Key} takes the same address and port.", "Give each its own port.");
            }
        }
    }

    private static bool Overlap(IPEndPoint? one, IPEndPoint? other)
    {
        if (one is null || other is null || one.Port != other.Port || one.Port == 0 || one.AddressFamily != other.AddressFamily)
        {
            return false;
        }
        return one.Address.Equals(other.Address) || IsWildcard(one.Address) || IsWildcard(other.Address);
    }

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private void CheckProxies()
    {
        var networks = options.Http.TrustedProxies.Networks;
        if (options.Http.ProxyProtocol && networks.IsEmpty)
        {
            Problem("Http:ProxyProtocol", "The PROXY header is only read from trusted proxies, and none are named.", "Name them in Http:TrustedProxies.");
        }
        if (networks.Any(network => network.PrefixLength == 0))
        {
            Warn("Http:TrustedProxies", "Every address is trusted, so anyone can claim to be anyone and limits per address mean nothing.", "Name only the addresses of your proxies.");
        }
    }

    private void CheckCertificate()
    {
        var lvspNeedsIt = options.Lvsp.Listen is not null && options.Lvsp.Tls;
        if ((options.Https.Listen is null && !lvspNeedsIt) || (options.Dev && options.Https is { CertificatePath: null, KeyPath: null }))
        {
            return;
        }
        var otherwise = options.Https.Listen is null
            ? "or set Lvsp:Tls to false when a proxy ends TLS in front of it."
            : "or set Https:Listen to off when a proxy ends TLS in front of Http:Listen.";
        CheckFile("Https:CertificatePath", options.Https.CertificatePath, $"Set it to a PEM file with the certificate and its chain, {otherwise}");
        CheckFile("Https:KeyPath", options.Https.KeyPath, $"Set it to the PEM file with the certificate's private key, {otherwise}");
    }

    private void CheckFile(string key, string? path, string fix)
    {
        if (path is null)
        {
            Problem(key, "TLS needs a certificate, and clients only speak TLS.", fix);
        }
        else if (!File.Exists(path))
        {
            Problem(key, "There is no such file.", fix);
        }
    }

    private void CheckMedia()
    {
        if (options.Media.Listen.Port != 0 && options.Media.Listen.Port + options.Media.Workers - 1 > ushort.MaxValue)
        {
            Problem("Media:Listen", $"{options.Media.Workers} workers need a port each, and these would pass 65535.", "Choose a lower port or fewer Media:Workers.");
        }
        var hasFailed = read.Problems.Exists(problem => problem.Key == "Media:AdvertisedAddress");
        if (!options.Dev && !hasFailed)
        {
            CheckAdvertisedAddress(options.Media.AdvertisedAddress);
            CheckAnswerAddress(options.Media.Listen, options.Media.AdvertisedAddress);
        }
    }

    private void CheckAnswerAddress(IPEndPoint listen, IPAddress? advertised)
    {
        if (advertised is not null && AnswerAddress.FindOther(listen.Address, advertised) is { } other)
        {
            Warn(
                "Media:Listen",
                $"Clients are told to send to {advertised}, and this host would answer from {other}: many drop what comes from another address.",
                $"Set it to {advertised}:{listen.Port}.");
        }
    }

    private void CheckAdvertisedAddress(IPAddress? address)
    {
        const string Key = "Media:AdvertisedAddress";
        const string Fix = "Set it to the public IPv4 address of this node, for example 203.0.113.7.";
        if (address is null)
        {
            Problem(Key, "Clients are told this address for their media, so it cannot be guessed.", Fix);
            return;
        }
        var bytes = address.GetAddressBytes();
        if (IPAddress.IsLoopback(address))
        {
            Problem(Key, "A loopback address is one no client can reach.", Fix + " For trying out on one machine start with --dev.");
        }
        else if (bytes[0] is 0 or >= 224)
        {
            Problem(Key, "No host can have this address.", Fix);
        }
        else if (IsPrivate(bytes))
        {
            Warn(Key, "This is a private address: only clients in the same network can reach it.", "For clients on the internet set it to the public address.");
        }
    }

    private static bool IsPrivate(byte[] address) => address switch
    {
        [10, ..] => true,
        [172, >= 16 and <= 31, ..] => true,
        [192, 168, ..] => true,
        [169, 254, ..] => true,
        [100, >= 64 and <= 127, ..] => true,
        _ => false,
    };

    private void CheckSecrets()
    {
        var secrets = options.Lvsp.Secrets;
        if (secrets.IsEmpty && !options.Dev)
        {
            Problem("Lvsp:Secrets", "Without a secret no backend can connect.", "Give a realm its secret, for example \"Lvsp\": { \"Secrets\": { \"default\": \"...\" } }, or VOICECLUSTER__Lvsp__Secrets__default in the environment.");
        }
        foreach (var secret in secrets)
        {
            CheckSecret(secret);
        }
        foreach (var (first, second) in EqualSecrets())
        {
            Problem($"Lvsp:Secrets:{second}", $"The realm {first} has the same secret, so a backend's realm could not be told.", "Give each realm its own secret.");
        }
    }

    private void CheckSecret(RealmSecret secret)
    {
        var key = $"Lvsp:Secrets:{secret.Realm}";
        if (secret.Realm.Length > 64 || !secret.Realm.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'))
        {
            Problem(key, "A realm's name has 1 to 64 of the characters a-z, 0-9, '-', '_' and '.'.", "Rename the realm.");
        }
        if (string.IsNullOrWhiteSpace(secret.Secret))
        {
            Problem(key, "The secret is empty, so anyone could connect as a backend.", "Write a long random text, for example what `openssl rand -hex 32` prints.");
        }
        else if (secret.Secret.Length < ShortSecret && !options.Dev)
        {
            Warn(key, $"The secret has less than {ShortSecret} characters and can be guessed by trying.", "Use a long random text, for example what `openssl rand -hex 32` prints.");
        }
    }

    private IEnumerable<(string First, string Second)> EqualSecrets()
    {
        var secrets = options.Lvsp.Secrets;
        for (var second = 1; second < secrets.Length; second++)
        {
            for (var first = 0; first < second; first++)
            {
                if (secrets[first].Realm != secrets[second].Realm && secrets[first].Secret.Length > 0 && SameText(secrets[first].Secret, secrets[second].Secret))
                {
                    yield return (secrets[first].Realm, secrets[second].Realm);
                }
            }
        }
    }

    private static bool SameText(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private void CheckPublicEndpoint()
    {
        const string Key = "Voice:PublicEndpoint";
        if (options.Voice.PublicEndpoint is not { } endpoint)
        {
            if (!options.Dev && !read.Problems.Exists(problem => problem.Key == Key))
            {
                Problem(Key, "Clients are told this host and port, and the certificate has to cover the name, so it cannot be guessed.", "Set it to host:port, for example voice.example.org:443.");
            }
            return;
        }
        if (endpoint.Port.ToString().StartsWith("80", StringComparison.Ordinal))
        {
            Problem(Key, "The port begins with 80: JDA up to 5.6 and discord.py up to 1.4 cut \":80\" out of the address and then dial a host that does not exist.", "Use port 443, or one that does not begin with 80.");
        }
        else if (endpoint.Port != 443 && !options.Dev)
        {
            Warn(Key, "The port is not 443: discord.js 11 and 12, eris up to 0.16, discord.py 1.5 to 2.5 and DSharpPlus VoiceNext drop the port and dial 443.", "Use port 443 if such clients matter.");
        }
    }

    private void CheckAdmin()
    {
        if (options.Dev || options.Admin.Listen is null)
        {
            return;
        }
        if (options.Admin.Token is null)
        {
            Problem("Admin:Token", "The admin port has no token.", "Set it to a long random text, for example what `openssl rand -hex 32` prints, or set Admin:Listen to off.");
        }
        else if (options.Admin.Token.Length < ShortSecret)
        {
            Warn("Admin:Token", $"The token has less than {ShortSecret} characters and can be guessed by trying.", "Use a long random text, for example what `openssl rand -hex 32` prints.");
        }
        if (!IPAddress.IsLoopback(options.Admin.Listen.Address))
        {
            Warn("Admin:Listen", "The admin port is plain HTTP and reachable from other machines.", "Bind it to loopback, or make sure only a trusted network reaches it.");
        }
    }

    private void CheckCluster()
    {
        CheckLinks();
        const string Key = "Cluster:Postgres:ConnectionString";
        const string Fix = "Write it as Host=db.example.org;Database=voicecluster;Username=voicecluster;Password=...";
        var connection = options.Cluster.PostgresConnectionString;
        if (options.Cluster.Store != ClusterStoreKind.Postgres)
        {
            if (connection is not null)
            {
                Warn(Key, "There is a database, but Cluster:Store is InMemory, so it is not used.", "Set Cluster:Store to Postgres.");
            }
            return;
        }
        if ((connection is null ? "The store is Postgres, but no database is named." : PostgresAddress.FindProblem(connection)) is { } problem)
        {
            Problem(Key, problem, Fix);
        }
        CheckClusterSecret();
    }

    private void CheckLinks()
    {
        var cluster = options.Cluster;
        if (cluster.Listen is null)
        {
            return;
        }
        if (cluster.Store == ClusterStoreKind.InMemory)
        {
            Problem("Cluster:Listen", "Nodes that keep their state in their own memory make no cluster.", "Set Cluster:Store to Postgres, or remove this.");
        }
        if (cluster.LinkAddress is null)
        {
            Problem("Cluster:Advertise", "Other nodes cannot connect to a wildcard address.", "Set it to host:port of this node as others reach it, for example 10.0.0.5:7400.");
        }
        else if (cluster.RelayAddress is null)
        {
            Warn(
                "Cluster:Advertise",
                "Media goes to numbers, and a name before a wildcard address says none: users of one channel on different nodes will not hear each other.",
                "Name this node's IPv4 address here, or in Cluster:Listen.");
        }
        if (cluster.Secret is { } secret && secret.Length < LinkIdentity.MinSecretLength)
        {
            Problem("Cluster:Secret", $"Nodes prove it to each other, and fewer than {LinkIdentity.MinSecretLength} characters can be guessed.", "Use what `openssl rand -hex 32` prints.");
        }
        CheckLinkTls(cluster);
    }

    private void CheckLinkTls(ClusterOptions cluster)
    {
        const string Fix = "Set all three of Cluster:Tls to PEM files, or none.";
        if (cluster.Tls is { } tls)
        {
            CheckFile("Cluster:Tls:CertificatePath", tls.CertificatePath, Fix);
            CheckFile("Cluster:Tls:KeyPath", tls.KeyPath, Fix);
            CheckFile("Cluster:Tls:AuthorityPath", tls.AuthorityPath, Fix);
        }
        else if (!IPAddress.IsLoopback(cluster.Listen!.Address))
        {
            Warn("Cluster:Tls:CertificatePath", "Nodes speak in the clear: users' tokens can be read on their network.", "Keep that network private, or set the three files of Cluster:Tls.");
        }
    }

    private void CheckClusterSecret()
    {
        const string Key = "Cluster:Secret";
        const string Fix = "Set it to the same long random text on all nodes, for example what `openssl rand -hex 32` prints.";
        if (options.Cluster.Secret is null)
        {
            Problem(Key, "Users' tokens are made with it, and those in the database have to be the same on every node and after every start.", Fix);
        }
        else if (options.Cluster.Secret.Length < ShortSecret && !options.Dev)
        {
            Warn(Key, $"The secret has less than {ShortSecret} characters and can be guessed by trying.", Fix);
        }
    }

    private void WarnOfPublicDevelopmentNode()
    {
        (string Key, IPEndPoint? Listen)[] listeners = [("Http:Listen", options.Http.Listen), ("Https:Listen", options.Https.Listen), ("Lvsp:Listen", options.Lvsp.Listen)];
        foreach (var (key, listen) in listeners)
        {
            if (listen is not null && !IPAddress.IsLoopback(listen.Address))
            {
                Warn(key, "Development mode is reachable from other machines, and its LVSP secret is known to everyone.", "Bind it to 127.0.0.1, or start without --dev.");
            }
        }
    }

    private void Problem(string key, string problem, string fix) => read.Problems.Add(Make(key, problem, fix));

    private void Warn(string key, string problem, string fix) => _warnings.Add(Make(key, problem, fix));

    private SettingProblem Make(string key, string problem, string fix)
    {
        var found = read.Find(key);
        var isSecret = key is "Admin:Token" or "Cluster:Secret" or "Cluster:Postgres:ConnectionString" || key.StartsWith("Lvsp:Secrets", StringComparison.Ordinal);
        var value = string.IsNullOrEmpty(found?.Value) || isSecret ? null : found.Value.Value;
        return new SettingProblem(key, value, found?.Origin, problem, fix);
    }
}
