namespace VoiceCluster.LoadGen.Bench;

/// <summary>What figures include and what they do not, section by section; printed with every table.</summary>
internal static class Notes
{
    public const string Cost =
        "CPU time (user and system) of the whole node process, its idle WebSockets, heartbeats, garbage collections and two readings of its metrics included, " +
        "by datagrams that the kernel took. The floor (bench/floor.c) opens each packet and seals a copy for each member, and nothing else. Both get the same " +
        "packets at the same pace, about half a core for the node, in turns; medians. Listeners are addresses behind a socket filter that drops everything, so " +
        "receiving costs both the same. \"Others on core\" is what other processes used of the measured core: above a few percent do not trust the row.";

    public const string Growth =
        "As above, AES-GCM. All listeners hold a WebSocket, as far as the system lets a process have descriptors; the sessions of the rest are in their resume window.";

    public const string Memory =
        "Resident memory of the whole node after a full collection, the difference between a large and a small crowd by the difference in users: WebSocket, " +
        "actors, session, keys and routes of silent users in channels of 51.";

    public const string Workers =
        "Both threads and everything else of the node on one core, so the two share its caches; twice the channels and twice the packets for two workers.";

    public const string Bursts =
        "As in \"What a copy costs\", AES-GCM, fan-out 50, but a speaker sends several packets of one length back to back and then pauses as much longer: so come the packets of a picture, " +
        "and those of a whole channel at high load. The node sends each listener what there is for him as one message (UDP segmentation offload), the floor sends packet by packet.";

    public const string Peers =
        "One group, 4 speakers who speak in turns, each packet to 50 others. The peers' copies are counted by the kernel, their CPU time by the scheduler, as the node's. " +
        "Where the floor is itself above what is asked of the node, no forwarder on this kernel can keep it that sends each packet at once and each copy by itself. " +
        "A node with Media:RoundInterval=20ms does not: what comes within 20 ms waits, and each listener gets it as one message. Wait: from the kernel's receive timestamp until the copies were handed to the kernel.";

    public const string Delay =
        "Load is a share of what would take all of a core if each packet went out at once, by what a copy costs at half a core. The node forwards more than 100 % of that, because packets that have to wait go out together, but not without delay. The packet thread has the measured core alone, at real-time priority, as in \"A quiet heap\"; the rest of " +
        "the node shares the load's core. On a core shared with the rest of the node, p99 at 70 % was 1.4 to 6 ms. Server: kernel's receive timestamp to copies handed to the kernel, every packet, interpolated in the " +
        "histogram the node exports. End to end: from before the speaker seals to the kernel's receive timestamp at one listener who really reads, both on the load's core.";

    public const string Quiet =
        "1,000 packets a second in channels of 11, while another process at nice 19 joins users over one LVSP link, connects each by WebSocket up to the key, " +
        "and lets him leave. The packet thread has the measured core alone, at real-time priority (Media:Cores, Media:ThreadPriority=realtime); the rest of the " +
        "node, the speakers and the joining process share the others. Delay is from the kernel's receive timestamp until the copies were handed to the kernel.";

    public const string Overload =
        "Twice the most that the node forwards with packets going out together, which is about twice what it forwards one by one, offered evenly. Evenness is that of what 20 listeners in different channels really got. Recovery: from the end " +
        "of the overload, with 70 % going on, until the last drop.";

    public const string Soak =
        "At 70 % load, as in \"Delay\", while another process lets 20 users a second join and leave, after 20,000 have done so, so that bounded caches are full. Not explained: sent by the load, less received, less what any counter of the node says was dropped, and the same for copies. Growth after a full collection.";

    public const string Mix =
        "Channels of 2 to 60, every encryption mode, up to three speakers per channel talking and pausing as people do at 50 packets a second, a second process " +
        "with users of its own, and joins from a third.";

    public const string Failure =
        "A call of five in a whole node; once a second the packet loop that serves it ends with an error, as VoiceCluster.Fuzz --target worker-failure does. " +
        "Silence: from the failure until the next copy is handed to the kernel. Clients do nothing and notice nothing; nonces are those of every copy that was sent.";

    public const string Verify = "A slow run in which every copy is received, opened under its listener's key and compared with what was sent.";
}
