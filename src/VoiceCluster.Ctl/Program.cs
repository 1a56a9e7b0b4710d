using VoiceCluster.Ctl;

return await VoiceCtl.Create().Parse(args).InvokeAsync();
