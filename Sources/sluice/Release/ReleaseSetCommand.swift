import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice release set`: changes what is set, also while it runs.
struct ReleaseSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change rate, ceiling, canary, ramp or breaker, also while the release runs.",
        discussion: """
            What is not named stays as it is. A change counts from now on and never loosens what was earned; --no-canary
            and --no-ramp take effect at once.

            Examples:
              sluice release set --rate 1200 --ceiling 80 --reason "the new servers are in"
              sluice release set --canary 3 --ramp-from 10 --reason "first release after the upgrade"
            """)

    @Option(help: ArgumentHelp("Launches a minute, at most.", valueName: "count")) var rate: Int?
    @Option(help: ArgumentHelp("Executions at once, at most.", valueName: "count")) var ceiling: Int?
    @Option(help: ArgumentHelp("Launches that must end well first.", valueName: "count")) var canary: Int?
    @Option(help: ArgumentHelp("Only launches of this flow are canaries.", valueName: "id")) var canaryFlow:
        NameArgument?
    @Option(help: ArgumentHelp("How long a canary may take.", valueName: "time")) var canaryTimeout: TimeSpan?
    @Flag(help: "No canary.") var noCanary = false
    @Option(help: ArgumentHelp("What the ramp begins with, in percent.", valueName: "percent")) var rampFrom: Int?
    @Option(help: ArgumentHelp("Each rise gives so many percent of what it was.", valueName: "percent"))
    var rampFactor: Int?
    @Option(help: ArgumentHelp("Each rise adds so many percent of the whole.", valueName: "percent"))
    var rampStep: Int?
    @Option(help: ArgumentHelp("Launches that must have ended well for a rise.", valueName: "count"))
    var rampEvery: Int?
    @Flag(help: "No ramp.") var noRamp = false
    @Option(help: ArgumentHelp("The share of failures that opens the breaker, in percent.", valueName: "percent"))
    var breakerShare: Int?
    @Option(help: ArgumentHelp("How many of the last launches it looks at.", valueName: "count")) var breakerWindow:
        Int?
    @Option(help: ArgumentHelp("How many must have ended before it opens.", valueName: "count")) var breakerMinimum:
        Int?
    @Option(help: ArgumentHelp("How much more often a flow may fail than before.", valueName: "percent"))
    var breakerMargin: Int?
    @Flag(help: "No breaker.") var noBreaker = false
    @Option(help: ArgumentHelp("Holds of one tenant in a row.", valueName: "count")) var tenantSlice: Int?
    @Option(help: "What others of an ordering key do when its head awaits the operator: wait or go-on.")
    var strandedKeys: NameArgument?
    @Option(help: "Of flows that read the user's identity: await-operator or launch.") var identity: NameArgument?
    @Option(help: "Why, in one sentence; it is kept on record.") var reason: NameArgument
    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let canaryParts: [Any?] = [canary, canaryFlow, canaryTimeout]
        let rampParts: [Any?] = [rampFrom, rampFactor, rampStep, rampEvery]
        let breakerParts: [Any?] = [breakerShare, breakerWindow, breakerMinimum, breakerMargin]
        let isAny = { (parts: [Any?]) in parts.contains { $0 != nil } }
        for (isNone, parts, name) in [
            (noCanary, canaryParts, "canary"), (noRamp, rampParts, "ramp"), (noBreaker, breakerParts, "breaker"),
        ] where isNone && isAny(parts) {
            throw ValidationError("--no-\(name) and the other options of the \(name) contradict each other: give one")
        }
        if rampFactor != nil, rampStep != nil {
            throw ValidationError("--ramp-factor and --ramp-step contradict each other: give one")
        }
        let others: [Any?] = [rate, ceiling, tenantSlice, strandedKeys, identity]
        guard noCanary || noRamp || noBreaker || isAny(canaryParts + rampParts + breakerParts + others) else {
            throw ValidationError("nothing to change is named, such as --rate 1200")
        }
        typealias Limits = ReleaseSettings.Limits
        for (option, value, range) in [
            ("rate", rate, Limits.ratePerMinute), ("ceiling", ceiling, Limits.ceiling),
            ("canary", canary, Limits.canaryCount), ("ramp-from", rampFrom, 1...100),
            ("ramp-factor", rampFactor, Limits.factorPercent), ("ramp-step", rampStep, 1...100),
            ("ramp-every", rampEvery, Limits.everyWellEnded), ("breaker-share", breakerShare, 0...100),
            ("breaker-window", breakerWindow, Limits.breakerWindow),
            ("breaker-minimum", breakerMinimum, Limits.breakerWindow), ("breaker-margin", breakerMargin, 0...100),
            ("tenant-slice", tenantSlice, Limits.tenantSlice),
        ] {
            guard let value, !range.contains(value) else { continue }
            let none = option == "canary" ? "; none at all is --no-canary" : ""
            throw ValidationError("--\(option) is \(range.lowerBound) to \(range.upperBound), not \(value)\(none)")
        }
    }

    func run() async throws {
        let console = output.console
        let doing = "change the release"
        let object = try await client.withClient(console) { client in
            let now = try await client.object(
                APIRequest("GET", ["release"]), within: self.client.timeout.duration, doing: "show the release")
            var request = APIRequest(
                "PUT", ["release"],
                body: [
                    "settings": .object(changed(now["settings"]?.object ?? JSONObject())),
                    "reason": .string(reason.text),
                ])
            request.headers.append(("If-Match", "\"\(now["settingsRevision"]?.number?.text ?? "*")\""))
            return try await client.object(request, within: self.client.timeout.duration, doing: doing)
        }
        if output.json { console.print(object) } else { console.print(ReleaseView(object: object).lines) }
    }

    private func changed(_ old: JSONObject) -> JSONObject {
        var settings = old
        func put(_ object: inout JSONObject, _ name: String, _ value: Int?) {
            if let value { object[name] = .int(value) }
        }
        put(&settings, "ratePerMinute", rate)
        put(&settings, "ceiling", ceiling)
        put(&settings, "tenantSlice", tenantSlice)
        if let strandedKeys { settings["strandedKeys"] = .string(strandedKeys.text) }
        if let identity { settings["identity"] = .string(identity.text) }
        if canary != nil || canaryFlow != nil || canaryTimeout != nil {
            var part = settings["canary"]?.object ?? ["count": 1, "timeoutSeconds": 900]
            put(&part, "count", canary)
            put(&part, "timeoutSeconds", canaryTimeout.map { Int($0.duration.components.seconds) })
            if let canaryFlow { part["flow"] = .string(canaryFlow.text) }
            settings["canary"] = .object(part)
        }
        if rampFrom != nil || rampFactor != nil || rampStep != nil || rampEvery != nil {
            var part = settings["ramp"]?.object ?? ["fromPercent": 10, "factorPercent": 200, "everyWellEnded": 10]
            put(&part, "fromPercent", rampFrom)
            put(&part, "everyWellEnded", rampEvery)
            if let rampFactor { (part["factorPercent"], part["stepPercent"]) = (.int(rampFactor), .null) }
            if let rampStep { (part["stepPercent"], part["factorPercent"]) = (.int(rampStep), .null) }
            settings["ramp"] = .object(part)
        }
        if breakerShare != nil || breakerWindow != nil || breakerMinimum != nil || breakerMargin != nil {
            var part = settings["breaker"]?.object ?? ["sharePercent": 50, "window": 20, "minimum": 10]
            put(&part, "sharePercent", breakerShare)
            put(&part, "window", breakerWindow)
            put(&part, "minimum", breakerMinimum)
            put(&part, "historyMarginPercent", breakerMargin)
            settings["breaker"] = .object(part)
        }
        if noCanary { settings["canary"] = .null }
        if noRamp { settings["ramp"] = .null }
        if noBreaker { settings["breaker"] = .null }
        return settings
    }
}
