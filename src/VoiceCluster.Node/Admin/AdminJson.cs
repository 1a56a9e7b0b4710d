using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace VoiceCluster.Node.Admin;

/// <summary>Answers of the admin port: one JSON object each.</summary>
internal static class AdminJson
{
    /// <summary>Answers with an object.</summary>
    /// <param name="context">The request.</param>
    /// <param name="write">Writes the object's properties.</param>
    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <summary>Answers that something cannot be done, and why.</summary>
    public static Task WriteProblemAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, json => json.WriteString("error", text));
    }
}
