package sluice.quartz;

import org.quartz.Job;
import org.quartz.JobExecutionContext;

/** Does nothing: what the plugin has to report hangs on it. */
public final class NoteJob implements Job {
    @Override
    public void execute(JobExecutionContext context) {}
}
