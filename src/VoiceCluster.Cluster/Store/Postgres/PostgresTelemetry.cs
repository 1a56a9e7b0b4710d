using System.Diagnostics.Metrics;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>What this process asked of its database.</summary>
internal static class PostgresTelemetry
{
    private static readonly Meter Meter = new(Telemetry.MeterName);

    private static readonly Counter<long> Statements =
        Meter.CreateCounter<long>("voicecluster.store.statements", "{statement}", "Statements sent to the database.");

    private static readonly Counter<long> Batches =
        Meter.CreateCounter<long>("voicecluster.store.batches", "{batch}", "Round trips to the database, each with one or more statements in one transaction.");

    private static readonly Counter<long> Failures =
        Meter.CreateCounter<long>("voicecluster.store.failures", "{request}", "Requests that the database did not carry out, by reason.");

    private static readonly Counter<long> Outages =
        Meter.CreateCounter<long>("voicecluster.store.outages", "{outage}", "Times that the database went away.");

    public static void Sent(int statements)
    {
        Statements.Add(statements);
        Batches.Add(1);
    }

    public static void Failed(string reason, int requests = 1) => Failures.Add(requests, new KeyValuePair<string, object?>("reason", reason));

    public static void Lost() => Outages.Add(1);
}
