using System.Reflection;
using System.Runtime.CompilerServices;

namespace VoiceCluster.Node.Startup;

/// <summary>Compiles this program's own methods before they are called, so that no user waits for the compiler: users that are moved to a node that has just started come all at once.</summary>
/// <remarks>
/// Methods whose types are only known when they are called are left out, except those that carry on an <c>async</c> method, of which each has its own. A method that cannot be
/// compiled beforehand is compiled when it is called, as ever.
/// </remarks>
internal static class Precompilation
{
    private const string OwnAssemblies = "VoiceCluster.";

    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Lazy<Task<int>> OfThisProcess = new(() => Task.Factory.StartNew(
        Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));

    /// <summary>Complete when all is compiled, with how many methods that were. Begins when it is first asked for, once in a process; takes some seconds of one core.</summary>
    public static Task<int> Done => OfThisProcess.Value;

    private static int Run() => ListAssemblies(typeof(Precompilation).Assembly).SelectMany(assembly => assembly.GetTypes()).Sum(Prepare);

    private static HashSet<Assembly> ListAssemblies(Assembly first)
    {
        var found = new HashSet<Assembly> { first };
        var waiting = new Queue<Assembly>(found);
        while (waiting.TryDequeue(out var next))
        {
            foreach (var name in next.GetReferencedAssemblies().Where(name => name.Name!.StartsWith(OwnAssemblies, StringComparison.Ordinal)))
            {
                var referenced = Assembly.Load(name);
                if (found.Add(referenced))
                {
                    waiting.Enqueue(referenced);
                }
            }
        }

        return found;
    }

    private static int Prepare(Type type)
    {
        if (type.ContainsGenericParameters)
        {
            return 0;
        }

        var own = type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)).Count(method => TryPrepare(method));
        return own + (typeof(IAsyncStateMachine).IsAssignableFrom(type) ? PrepareMachine(type) : 0);
    }

    /// <summary>What begins and carries on an <c>async</c> method: generic methods of its builder, with its own state and whatever it waits for.</summary>
    private static int PrepareMachine(Type machine)
    {
        var fields = machine.GetFields(Declared);
        if (Array.Find(fields, field => field.Name == "<>t__builder")?.FieldType is not { } builder)
        {
            return 0;
        }

        var awaiters = fields.Where(field => field.Name.StartsWith("<>u__", StringComparison.Ordinal)).Select(field => field.FieldType);
        return PrepareGeneric(builder, "Start", machine)
            + awaiters.Sum(awaiter => PrepareGeneric(builder, "AwaitUnsafeOnCompleted", awaiter, machine))
            + PrepareBox(builder, machine);
    }

    /// <summary>The object that a waiting method becomes, by the names that the base library has for it; one that has others is compiled when it is needed.</summary>
    private static int PrepareBox(Type builder, Type machine)
    {
        var result = builder.IsGenericType ? builder.GetGenericArguments()[0] : Type.GetType("System.Threading.Tasks.VoidTaskResult");
        if (result is null || typeof(AsyncTaskMethodBuilder<>).GetNestedType("AsyncStateMachineBox`1", Declared) is not { } box)
        {
            return 0;
        }

        var methods = box.MakeGenericType(result, machine).GetMethods(Declared).Count(method => TryPrepare(method, result, machine));
        return methods + PrepareGeneric(typeof(AsyncTaskMethodBuilder<>).MakeGenericType(result), "GetStateMachineBox", machine);
    }

    private static int PrepareGeneric(Type type, string method, params Type[] arguments) => type
        .GetMethods(Declared)
        .Where(candidate => candidate.Name == method && candidate.IsGenericMethodDefinition && candidate.GetGenericArguments().Length == arguments.Length)
        .Select(candidate => candidate.MakeGenericMethod(arguments))
        .Count(made => TryPrepare(made, [.. type.IsGenericType ? type.GetGenericArguments() : [], .. arguments]));

    private static bool TryPrepare(MethodBase method, params Type[] arguments)
    {
        if (method.IsAbstract || method.ContainsGenericParameters || method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
        {
            return false;
        }

        try
        {
            RuntimeHelpers.PrepareMethod(method.MethodHandle, arguments.Length == 0 ? null : [.. arguments.Select(argument => argument.TypeHandle)]);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NotSupportedException or TypeLoadException or PlatformNotSupportedException or MissingMemberException)
        {
            return false;
        }
    }
}
