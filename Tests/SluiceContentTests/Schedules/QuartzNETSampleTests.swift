import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// Quartz.NET's own files: read in full, and refused by the real Quartz 2.3.2, which was asked about each.
@Suite struct QuartzNETSampleTests {
    static let files: [(file: String, dialect: ScheduleDialect, jobs: Int, triggers: Int)] = [
        ("Quartz.Examples.AspNetCore__quartz_jobs.config", .quartzNET, 1, 1),
        ("Quartz.Examples__quartz_jobs.xml", .quartzNET, 1, 1), ("Quartz.Server__quartz_jobs.xml", .quartzNET, 1, 3),
        ("Quartz.Tests.Integration__Xml__TestData__ComplexCron.xml", .quartzNET, 1, 2),
        ("Quartz.Tests.Integration__Xml__TestData__JobTypeNotFound.xml", .quartzNET, 1, 0),
        ("Quartz.Tests.Integration__Xml__TestData__MinimalConfiguration_20.xml", .quartzNET, 2, 3),
        ("Quartz.Tests.Integration__Xml__TestData__QRTZNET250.xml", .quartzNET, 2, 2),
        ("Quartz.Tests.Integration__Xml__TestData__RichConfiguration_20.xml", .quartzNET, 2, 5),
        ("Quartz.Tests.Integration__Xml__TestData__ScheduleRelativeToOldTrigger.xml", .quartzNET, 1, 1),
        ("Quartz.Tests.Integration__Xml__TestData__SimpleJobTrigger.xml", .quartzNET, 1, 1),
        ("Quartz.Tests.Integration__Xml__TestData__SimpleTriggerNoRepeat.xml", .quartzNET, 1, 1),
        ("Quartz.Tests.Integration__Xml__TestData__delete-no-job-class.xml", .quartzNET, 1, 1),
        ("Quartz.Tests.Integration__Xml__TestData__directives_overwrite_no-ignoredups.xml", .quartzNET, 2, 2),
        ("Quartz.Tests.Integration__Xml__TestData__overwrite-no-jobclass.xml", .quartzNET, 1, 1),
        // Its expression is wrong on purpose.
        ("Quartz.Tests.Unit__Xml__TestData__InvalidCronExpression.xml", .quartzNET, 1, 0),
        ("v0.9.1__Quartz.Examples__quartz_jobs.xml", .quartzNETLegacy, 1, 1),
        ("v0.9.1__Quartz.Tests.Unit__Xml__TestData__MinimalConfiguration.xml", .quartzNETLegacy, 1, 2),
        ("v0.9.1__Quartz.Tests.Unit__Xml__TestData__RichConfiguration.xml", .quartzNETLegacy, 1, 2),
        ("v1.0.0__Quartz.Tests.Unit__Xml__TestData__RichConfiguration.xml", .quartzNETLegacy, 1, 2),
        ("v1.0.0__server__Quartz.Server.Core__quartz_jobs.xml", .quartzNETLegacy, 1, 1),
        ("v2.0.0__Quartz.Examples__quartz_jobs.xml", .quartzNET, 1, 1),
        ("v2.0.0__Quartz.Tests.Unit__Xml__TestData__DirectivesNoOverwriteIgnoreDups.xml", .quartzNET, 2, 2),
        ("v2.0.0__Quartz.Tests.Unit__Xml__TestData__MinimalConfiguration.xml", .quartzNETLegacy, 2, 3),
        ("v2.0.0__Quartz.Tests.Unit__Xml__TestData__RichConfiguration.xml", .quartzNETLegacy, 1, 2),
        ("v2.0.0__Quartz.Tests.Unit__Xml__TestData__RichConfiguration_20.xml", .quartzNET, 1, 2),
        ("v2.0.0__Quartz.Tests.Unit__Xml__TestData__SimpleJobTrigger.xml", .quartzNET, 1, 1),
        ("v2.0.0__server__Quartz.Server__quartz_jobs.xml", .quartzNET, 1, 1),
        ("v2.2.4__Quartz.Examples__quartz_jobs.xml", .quartzNET, 1, 1),
        ("v2.2.4__Quartz.Tests.Unit__Xml__TestData__RichConfiguration_20.xml", .quartzNET, 2, 4),
        ("v2.6.2__Quartz.Tests.Unit__Xml__TestData__RichConfiguration_20.xml", .quartzNET, 2, 5),
        ("v3.0.7__Quartz.Tests.Integration__Xml__TestData__MinimalConfiguration.xml", .quartzNETLegacy, 2, 3),
    ]

    @Test(.enabled(if: SharedFiles.hasSchedules, QuartzOracleTests.hint), arguments: files)
    func readsWhatQuartzRefuses(file: String, dialect: ScheduleDialect, jobs: Int, triggers: Int) {
        let schedule = ScheduleReader().read(
            path: SharedFiles.samples + "/scheduler/quartznet-upstream/" + file, now: .zero, defaultZone: .utc)
        #expect(schedule.dialect == dialect)
        #expect(schedule.quartz.isAccepted == false)
        #expect(schedule.jobs.count == jobs && schedule.triggers.count == triggers, "\(schedule.diagnostics)")
        #expect(schedule.hasErrors == file.contains("InvalidCron"), "\(schedule.diagnostics.map(\.description))")
    }

    @Test(.enabled(if: SharedFiles.hasSchedules, QuartzOracleTests.hint))
    func hasARowForEveryFile() {
        let all = SharedFiles.files(below: SharedFiles.samples + "/scheduler/quartznet-upstream", suffix: "")
        #expect(all.count == Self.files.count)
    }
}
