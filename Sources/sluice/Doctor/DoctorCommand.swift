import ArgumentParser
import SluiceConfig
import SluiceJSON
import SluiceModel
import SluiceScenarios

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `sluice doctor`: asks the real CSA and Central what documents leave open.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check configuration and reachability, and ask CSA and Central how they behave.",
        discussion: """
            It only reads, and says for each probe what was found, how sure that is, and which key of the \
            configuration it sets. With --write-probes it makes scratch objects named \
            "\(Doctor.scratchName)": a policy in CSA that nothing is assigned to and, with --probe-flow, two \
            schedules in Central; each is removed again, also on Ctrl-C, or named. With --write the keys are set in \
            the configuration file: the difference is shown, only those lines change, and the old file is kept \
            beside it. A refused account is not tried twice, because accounts lock out.

            Exit codes: 0 all is well; 1 it could not run, or was stopped; 3 something is to be mended, or a key is \
            not set as found; 69 a system does not answer; 77 a system refuses the account.

            Examples:
              sluice doctor --csa --oo --config sluice.yaml
              sluice doctor --csa --oo --config sluice.yaml --write-probes --probe-flow 7e570001-… --write
            """)

    @Flag(help: "Ask CSA. Without --csa and --oo: whatever is configured.")
    var csa = false

    @Flag(help: "Ask Central.")
    var oo = false

    @Option(
        help: ArgumentHelp("The configuration.", discussion: "Default: SLUICE_CONFIG.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Flag(help: "Make scratch objects where a question needs one, and remove them.")
    var writeProbes = false

    @Option(
        help: ArgumentHelp(
            "A flow in Central that does no harm and that nobody else launches meanwhile; with --write-probes it is "
                + "launched about seven times, mostly by scratch schedules.", valueName: "id"))
    var probeFlow: NameArgument?

    @Option(
        help: ArgumentHelp(
            "How long a scratch schedule stays disabled; Quartz counts a time as missed after a minute.",
            valueName: "time"))
    var probeTime = TimeSpan(argument: "5m")!

    @Flag(help: "Set the keys that were found out in the configuration file.")
    var write = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if probeFlow != nil, !writeProbes { throw ValidationError("--probe-flow needs --write-probes") }
        guard probeTime.duration >= .seconds(1), probeTime.duration <= .seconds(3600) else {
            throw ValidationError("--probe-time must be 1s to 1h")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let file = config ?? environment["SLUICE_CONFIG"]
        let console = output.console
        guard file != nil || !write else {
            throw CommandFailure(.usage, "--write needs a configuration file", advice: "name it with --config")
        }
        let doctor = try doctor(file, environment)
        let report: DoctorReport
        do {
            report = try await doctor.run()
        } catch let error as ServiceError {
            throw CommandFailure(.failed, error.description)
        }
        let changes = report.changes
        for change in changes {
            guard let variable = ConfigurationEdit.variable(of: change.key), environment[variable]?.isEmpty == false
            else { continue }
            console.warn("\(variable) is set and wins over \(change.key) of the file")
        }
        var edit: DoctorFile?
        var obstacle: ServiceError?
        if let file, !changes.isEmpty {
            do { edit = try DoctorFile(file, setting: changes) } catch { obstacle = error as? ServiceError }
        }
        if !console.isJSON {
            DoctorView.print(report, console)
            if let edit { console.print(["", "--- \(edit.path)"] + edit.difference.map(\.printable)) }
        }
        let backup = write && !report.isInterrupted ? try write(edit, console) : nil
        if console.isJSON {
            var object = report.json
            object.set("difference", ifPresent: edit.map { .array($0.difference.map { .string($0) }) })
            object.set("backup", ifPresent: backup.map { .string($0) })
            console.print(object)
        }
        if write, !report.isInterrupted, let obstacle { throw CommandFailure(.failed, obstacle.description) }
        try end(report, isWritten: backup != nil, obstacle)
    }

    private func doctor(_ file: String?, _ environment: [String: String]) throws -> Doctor {
        let (configuration, diagnostics) = SluiceConfiguration.load(file: file, environment: environment)
        if let error = diagnostics.first(where: { $0.severity == .error }) {
            throw CommandFailure(
                .usage, "the configuration is wrong: \(error)", advice: "see docs/configuration.md",
                diagnostics: diagnostics)
        }
        let systems = [(csa, configuration.csa.url, "csa.url"), (oo, configuration.central.url, "central.url")]
        for (isAsked, url, key) in systems where isAsked && url == nil {
            throw CommandFailure(.usage, "\(key) is not configured", advice: "set it, or leave the option out")
        }
        guard configuration.csa.url != nil || configuration.central.url != nil else {
            throw CommandFailure(.usage, "neither csa.url nor central.url is configured")
        }
        let isAll = !csa && !oo
        var doctor = Doctor(configuration, asksCSA: csa || isAll, asksCentral: oo || isAll)
        doctor.writesProbes = writeProbes
        doctor.flow = probeFlow?.text
        doctor.disabledFor = probeTime.duration
        let console = output.console
        doctor.tell = { console.note($0.printable, json: ["progress": .string($0)]) }
        return doctor
    }

    private func write(_ edit: DoctorFile?, _ console: Console) throws -> String? {
        guard let edit else { return nil }
        do {
            let backup = try edit.write()
            console.note(
                "written: \(edit.path); the old one is \(backup)",
                json: ["file": .string(edit.path), "backup": .string(backup)])
            return backup
        } catch let error as ServiceError {
            throw CommandFailure(.failed, error.description)
        }
    }

    private func end(_ report: DoctorReport, isWritten: Bool, _ obstacle: ServiceError?) throws {
        if report.isInterrupted {
            throw CommandFailure(.failed, "stopped before its end", advice: "look at csa.scratch and oo.scratch above")
        }
        if report.isRefused {
            throw CommandFailure(
                .notPermitted, "a system refused our account; nothing more was sent to it",
                advice: "correct it once before you try again: more tries can lock it")
        }
        if report.isUnreachable { throw CommandFailure(.notReachable, "a system does not answer") }
        let problems = report.problems
        guard problems.isEmpty else {
            throw CommandFailure(.findings, "to be mended: \(problems.map(\.name).joined(separator: ", "))")
        }
        guard report.changes.isEmpty || isWritten else {
            throw CommandFailure(
                .findings,
                "the configuration differs from what was found: \(report.changes.map(\.key).joined(separator: ", "))",
                advice: obstacle?.description ?? "sluice doctor --write sets them")
        }
    }
}

/// The report as a table.
private enum DoctorView {
    static func print(_ report: DoctorReport, _ console: Console) {
        let rows = report.findings.map { finding in
            let sets = finding.switches.map { "\($0.key): \($0.value)\($0.isChange ? " (new)" : "")" }
            return [
                finding.name, finding.verdict.rawValue, finding.evidence == .none ? "" : finding.evidence.rawValue,
                sets.joined(separator: ", "), "\(finding.question) \(finding.answer)",
            ]
        }
        var table = Table(["PROBE", "VERDICT", "EVIDENCE", "SETS", "ASKED AND FOUND"])
        console.print([table.heading(for: rows)] + table.lines(rows))
    }
}
