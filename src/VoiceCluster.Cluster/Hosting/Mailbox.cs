namespace VoiceCluster.Cluster.Hosting;

/// <summary>A bounded queue as a linked list, so that an idle actor holds no array. Not safe for concurrent calls.</summary>
internal struct Mailbox
{
    private Delivery? _first;
    private Delivery? _last;
    private int _counted;

    /// <summary>Messages that count against the capacity.</summary>
    public readonly int Count => _counted;

    public readonly bool IsEmpty => _first is null;

    public bool TryAdd(Delivery delivery, int capacity)
    {
        // A timer has at most one message here, and losing it would lose a deadline.
        if (delivery.Timer is null)
        {
            if (_counted >= capacity)
            {
                return false;
            }

            _counted++;
        }

        delivery.Next = null;
        if (_last is null)
        {
            _first = delivery;
        }
        else
        {
            _last.Next = delivery;
        }

        _last = delivery;
        return true;
    }

    /// <summary>Puts a message before all others, whatever the capacity.</summary>
    public void AddFirst(Delivery delivery)
    {
        if (delivery.Timer is null)
        {
            _counted++;
        }

        delivery.Next = _first;
        _first = delivery;
        _last ??= delivery;
    }

    public Delivery? TryTake()
    {
        var taken = _first;
        if (taken is null)
        {
            return null;
        }

        _first = taken.Next;
        if (_first is null)
        {
            _last = null;
        }

        taken.Next = null;
        if (taken.Timer is null)
        {
            _counted--;
        }

        return taken;
    }
}
