package sluice.quartz;

import java.lang.management.ManagementFactory;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.ObjectName;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.impl.matchers.EverythingMatcher;
import org.quartz.spi.ClassLoadHelper;
import org.quartz.spi.SchedulerPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a Quartz scheduler ask Sluice before each fire. Configured by {@code org.quartz.plugin.NAME.*}; README.md lists
 * the properties, one setter each here.
 */
public final class SluiceGatePlugin implements SchedulerPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(SluiceGatePlugin.class);

    private String server;
    private String tokenFile;
    private int timeoutMillis = 5000;
    private String failMode = "closed";
    private String include = "*";
    private String exclude = "";
    private String flows = "";
    private String flowKey = "sluiceFlow";
    private String requestedBy = "quartz";
    private int pollMillis = 2000;
    private int askAgainSeconds = 30;
    private int askLateMinutes = 1440;

    private GateClient client;
    private ReleasePoller poller;
    private EndReports ends;
    private int interval;
    private ScheduledExecutorService timer;
    private ObjectName mbean;

    @Override
    public void initialize(String name, Scheduler scheduler, ClassLoadHelper loader) throws SchedulerException {
        Settings settings;
        try {
            settings = new Settings(this);
            settings.token();
        } catch (Exception wrong) {
            throw new SchedulerException(
                "org.quartz.plugin." + name + ": " + wrong.getMessage() + "; no job was scheduled unasked", wrong);
        }
        String schedulerName = scheduler.getSchedulerName();
        interval = settings.pollMillis;
        client = new GateClient(settings);
        Records records = new Records(scheduler);
        Counts counts = new Counts();
        ends = new EndReports(name, scheduler, settings, client, records, counts);
        GateListener listener = new GateListener(name, schedulerName, settings, client, records, counts, ends);
        scheduler.getListenerManager().addTriggerListener(listener, EverythingMatcher.allTriggers());
        scheduler.getListenerManager().addJobListener(ends, EverythingMatcher.allJobs());
        poller = new ReleasePoller(scheduler, schedulerName, settings, client, records, listener, counts, ends);
        try {
            mbean = new ObjectName("sluice.quartz:type=Gate,name=" + ObjectName.quote(schedulerName));
            ManagementFactory.getPlatformMBeanServer().registerMBean(counts, mbean);
        } catch (JMException taken) {
            mbean = null;
            LOG.info("Sluice: no counters over JMX: {}", taken.toString());
        }
        LOG.info("Sluice: fires of {} are asked for at {}", schedulerName, settings.server);
    }

    @Override
    public void start() {
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "sluice-gate-releases");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(poller, interval, interval, TimeUnit.MILLISECONDS);
    }

    @Override
    public void shutdown() {
        if (timer != null) {
            timer.shutdownNow();
            // The jobs are over now, if they were waited for: what they left is reported while there is time.
            ends.reportLast();
        }
        if (client != null) client.close();
        if (mbean != null) {
            try {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(mbean);
            } catch (JMException gone) {
                LOG.debug("Sluice: the counters were gone", gone);
            }
        }
    }

    public String getServer() {
        return server;
    }

    public void setServer(String server) {
        this.server = server;
    }

    public String getTokenFile() {
        return tokenFile;
    }

    public void setTokenFile(String tokenFile) {
        this.tokenFile = tokenFile;
    }

    public int getTimeoutMillis() {
        return timeoutMillis;
    }

    public void setTimeoutMillis(int timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
    }

    public String getFailMode() {
        return failMode;
    }

    public void setFailMode(String failMode) {
        this.failMode = failMode;
    }

    public String getInclude() {
        return include;
    }

    public void setInclude(String include) {
        this.include = include;
    }

    public String getExclude() {
        return exclude;
    }

    public void setExclude(String exclude) {
        this.exclude = exclude;
    }

    public String getFlows() {
        return flows;
    }

    public void setFlows(String flows) {
        this.flows = flows;
    }

    public String getFlowKey() {
        return flowKey;
    }

    public void setFlowKey(String flowKey) {
        this.flowKey = flowKey;
    }

    public String getRequestedBy() {
        return requestedBy;
    }

    public void setRequestedBy(String requestedBy) {
        this.requestedBy = requestedBy;
    }

    public int getPollMillis() {
        return pollMillis;
    }

    public void setPollMillis(int pollMillis) {
        this.pollMillis = pollMillis;
    }

    public int getAskAgainSeconds() {
        return askAgainSeconds;
    }

    public void setAskAgainSeconds(int askAgainSeconds) {
        this.askAgainSeconds = askAgainSeconds;
    }

    public int getAskLateMinutes() {
        return askLateMinutes;
    }

    public void setAskLateMinutes(int askLateMinutes) {
        this.askLateMinutes = askLateMinutes;
    }
}
