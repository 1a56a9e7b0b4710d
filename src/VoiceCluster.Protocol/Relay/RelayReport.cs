using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Relay;

/// <summary>What one end of a link tells the other of what came from there. The sealed body of a <see cref="RelayPacketType.Report"/>.</summary>
/// <remarks>
/// Five numbers of 64 bits, big endian. Counts are totals, so a report that is lost costs nothing. Times are the writer's own, in units of 100 ns from any
/// beginning: <see cref="Echo"/> is a time of the reader's, as its last report said, so that it can tell the round trip.
/// </remarks>
/// <param name="Expected">Packets from the first that came to the highest.</param>
/// <param name="Received">Those of them that came.</param>
/// <param name="SentAt">When this was written.</param>
/// <param name="Echo">What the reader's last report said as <see cref="SentAt"/>; 0 before the first.</param>
/// <param name="EchoAge">How long ago that report came.</param>
public readonly record struct RelayReport(long Expected, long Received, long SentAt, long Echo, long EchoAge)
{
    /// <summary>Bytes of it.</summary>
    public const int Length = 5 * sizeof(long);

    /// <summary>Reads it from a body that was opened.</summary>
    /// <returns>False if the length is another, or a number makes no sense.</returns>
    public static bool TryParse(ReadOnlySpan<byte> body, out RelayReport report)
    {
        report = default;
        if (body.Length != Length)
        {
            return false;
        }

        report = new RelayReport(
            BinaryPrimitives.ReadInt64BigEndian(body),
            BinaryPrimitives.ReadInt64BigEndian(body[8..]),
            BinaryPrimitives.ReadInt64BigEndian(body[16..]),
            BinaryPrimitives.ReadInt64BigEndian(body[24..]),
            BinaryPrimitives.ReadInt64BigEndian(body[32..]));
        return report is { Received: >= 0, EchoAge: >= 0 } && report.Expected >= report.Received;
    }

    /// <summary>Writes it.</summary>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, Expected);
        BinaryPrimitives.WriteInt64BigEndian(destination[8..], Received);
        BinaryPrimitives.WriteInt64BigEndian(destination[16..], SentAt);
        BinaryPrimitives.WriteInt64BigEndian(destination[24..], Echo);
        BinaryPrimitives.WriteInt64BigEndian(destination[32..], EchoAge);
    }
}
