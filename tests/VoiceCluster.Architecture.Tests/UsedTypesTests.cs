using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace VoiceCluster.Architecture.Tests;

/// <summary>What the built assemblies use, read from their metadata: pure code stays pure whatever its sources look like.</summary>
public sealed class UsedTypesTests
{
    private static readonly string[] Clocks =
    [
        "System.TimeProvider", "System.Threading.Timer", "System.Threading.PeriodicTimer", "System.Diagnostics.Stopwatch",
        "System.DateTime.get_UtcNow", "System.DateTime.get_Now", "System.DateTimeOffset.get_UtcNow", "System.DateTimeOffset.get_Now", "System.Environment.get_TickCount",
    ];

    private static readonly string[] InputAndOutput =
    [
        "System.Net.Sockets.Socket", "System.Net.Sockets.UdpClient", "System.Net.Sockets.TcpClient", "System.Net.Sockets.NetworkStream", "System.Net.WebSockets.",
        "System.Net.Http.", "System.IO.File", "System.IO.Directory", "System.IO.Stream", "System.Console", "System.Threading.Thread",
        "Microsoft.Extensions.Logging.", "Microsoft.AspNetCore.", "Npgsql.",
    ];

    private static readonly string[] Tasks = ["System.Threading.Tasks.Task", "System.Threading.Tasks.ValueTask", "System.Runtime.CompilerServices.AsyncTaskMethodBuilder"];

    public static TheoryData<string, string[]> Forbidden() => new()
    {
        { "Protocol", [.. InputAndOutput, .. Clocks, .. Tasks] },
        { "Domain", [.. InputAndOutput, .. Clocks] },
        { "Crypto", [.. InputAndOutput, .. Clocks, .. Tasks] },
        { "Udp", ["Microsoft.Extensions.", "Microsoft.AspNetCore.", "Npgsql.", "VoiceCluster.Protocol.", "VoiceCluster.Domain."] },
        { "Media", ["Npgsql.", "Microsoft.AspNetCore.", "VoiceCluster.Cluster.", "VoiceCluster.Gateways."] },
        { "Cluster", ["System.Net.Sockets.Socket", "System.Net.Sockets.UdpClient", "System.Net.Sockets.TcpClient", "System.Net.WebSockets.", "Microsoft.AspNetCore.", "VoiceCluster.Media."] },
        { "Gateways", ["Npgsql.", "VoiceCluster.Media.", "VoiceCluster.Crypto.", "VoiceCluster.Udp."] },
        { "Client", ["Npgsql.", "Microsoft.AspNetCore.", "VoiceCluster.Domain.", "VoiceCluster.Cluster."] },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void Assembly_uses_nothing_that_its_layer_may_not_see(string project, string[] forbidden)
    {
        var used = UsedNames($"VoiceCluster.{project}.dll");
        used.ShouldNotBeEmpty();
        used.Where(name => forbidden.Any(start => IsSame(name, start))).ShouldBeEmpty();
    }

    // A name that ends in a dot forbids all below it; another forbids that type, its members and its generic forms.
    private static bool IsSame(string name, string forbidden) => name.StartsWith(forbidden, StringComparison.Ordinal) &&
        (forbidden.EndsWith('.') || name.Length == forbidden.Length || name[forbidden.Length] is '`' or '.');

    private static HashSet<string> UsedNames(string assembly)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.TypeReferences)
        {
            names.Add(TypeName(metadata, handle));
        }
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference)
            {
                names.Add($"{TypeName(metadata, (TypeReferenceHandle)member.Parent)}.{metadata.GetString(member.Name)}");
            }
        }
        return names;
    }

    private static string TypeName(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}
