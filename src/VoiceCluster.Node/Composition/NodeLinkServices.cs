using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Composition;

/// <summary>Puts the links to other nodes together.</summary>
internal static class NodeLinkServices
{
    public static void Add(IServiceCollection services, ClusterOptions options, NodeIncarnation node)
    {
        if (options.Listen is not { } listen)
        {
            // Without a port for links the node speaks to nobody.
            services.AddSingleton<INodeTransport>(_ => new InProcessNetwork().Join(node));
            return;
        }

        if (options.Tls is { CertificatePath: { } certificate, KeyPath: { } key, AuthorityPath: { } authority })
        {
            services.AddSingleton(_ => NodeLinkTls.Load(certificate, key, authority));
        }

        services.AddSingleton<MemberAddresses>();
        services.AddSingleton(provider => CreateTransport(provider, new LinkIdentity(node, options.Secret!, VersionsOf(options))));
        services.AddSingleton<INodeTransport>(provider => provider.GetRequiredService<NodeLinkTransport>());
        services.AddSingleton(provider => CreateListener(provider, listen));
        services.AddHostedService<NodeLinks>();
    }

    private static LinkVersions VersionsOf(ClusterOptions options) => LinkVersions.Current with { Maximum = (ushort)options.LinkVersion };

    private static NodeLinkTransport CreateTransport(IServiceProvider provider, LinkIdentity identity) => new(
        identity,
        provider.GetRequiredService<MemberAddresses>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<NodeLinkTransport>>(),
        tls: provider.GetService<NodeLinkTls>());

    private static NodeLinkListener CreateListener(IServiceProvider provider, IPEndPoint listen) =>
        new(provider.GetRequiredService<NodeLinkTransport>(), listen, provider.GetService<NodeLinkTls>());
}
