import SluiceForecast

/// What Quartz's XML schema 2.0 demands inside a job, trigger, command or directive.
///
/// Quartz 2.3.2 validates every file against it and refuses the file for one fault (scheduler-xml.md sections 3 and 5).
/// The order of `schedule`s and commands is free in effect, so only the inside of these units is checked.
enum QuartzSchema {
    /// A part of a content model; all of Quartz's are deterministic, so matching never goes back.
    indirect enum Particle: Sendable {
        case element(String)
        case sequence([Particle])
        case choice([Particle])
        case optional(Particle)
        case repeated(Particle)

        static func optionals(_ names: String...) -> [Particle] { names.map { .optional(.element($0)) } }
    }

    /// One breach of the schema.
    struct Fault {
        let message: String
        let line: Int
        let column: Int
    }

    /// Whether the schema, or that of another dialect, has an element of this name.
    static func hasElement(_ name: String) -> Bool {
        models[name] != nil || leaves.contains(name) || otherBranches.contains(name)
    }

    private static let dataMap = Particle.optional(.element("job-data-map"))
    private static let head: [Particle] =
        [.element("name")] + Particle.optionals("group", "description") + [.element("job-name")]
        + Particle.optionals("job-group", "priority", "calendar-name") + [
            dataMap,
            .optional(
                .sequence([
                    .choice([.element("start-time"), .element("start-time-seconds-in-future")]),
                    .optional(.element("end-time")),
                ])),
            .optional(.element("misfire-instruction")),
        ]
    private static let models: [String: Particle] = [
        "job": .sequence(
            [.element("name")] + Particle.optionals("group", "description") + [
                .element("job-class"), .optional(.sequence([.element("durability"), .element("recover")])), dataMap,
            ]),
        "trigger": .choice([.element("simple"), .element("cron"), .element("calendar-interval")]),
        "simple": .sequence(
            head + [.optional(.sequence([.element("repeat-count"), .element("repeat-interval")]))]),
        "cron": .sequence(head + [.element("cron-expression"), .optional(.element("time-zone"))]),
        "calendar-interval": .sequence(head + [.element("repeat-interval"), .element("repeat-interval-unit")]),
        "job-data-map": .repeated(.element("entry")),
        "entry": .sequence([.element("key"), .element("value")]),
        "delete-job": .sequence([.element("name")] + Particle.optionals("group")),
        "delete-trigger": .sequence([.element("name")] + Particle.optionals("group")),
        "processing-directives": .sequence(
            Particle.optionals("overwrite-existing-data", "ignore-duplicates")),
    ]
    /// Leaves: elements that hold text. Their text is asked of the parser.
    static let leaves: Set<String> = [
        "name", "group", "description", "job-class", "durability", "recover", "key", "value", "job-name", "job-group",
        "priority", "calendar-name", "start-time", "start-time-seconds-in-future", "end-time", "misfire-instruction",
        "cron-expression", "time-zone", "repeat-count", "repeat-interval", "repeat-interval-unit",
        "overwrite-existing-data", "ignore-duplicates", "delete-jobs-in-group", "delete-triggers-in-group",
        // Of the other dialects (scheduler-xml.md section 4).
        "job-type", "durable", "volatility", "volatile", "job-listener-ref", "concurrency-allowed",
        "schedule-trigger-relative-to-replaced-trigger",
    ]
    private static let otherBranches: Set<String> = ["job-detail", "date-interval"]

    /// Every breach inside an element, in the order of the file.
    static func faults(_ element: QuartzElement) -> [Fault] {
        var faults: [Fault] = []
        collect(element, parent: "", into: &faults)
        return faults
    }

    static func strayTextMessage(_ name: String) -> String {
        "<\(shown(name))> holds text between its elements, which is not allowed"
    }

    private static func collect(_ element: QuartzElement, parent: String, into faults: inout [Fault]) {
        if let message = element.attributeFault {
            faults.append(Fault(message: message, line: element.line, column: element.column))
        }
        if element.hasStrayText, models[element.name] != nil {
            faults.append(
                Fault(
                    message: strayTextMessage(element.name), line: element.line, column: element.column))
        }
        if let model = models[element.name] {
            var index = 0
            let names = element.children.map { $0.isQuartz ? $0.name : "{other}\($0.name)" }
            let missing = match(model, names, &index)
            if index < names.count {
                let child = element.children[index]
                faults.append(
                    Fault(
                        message: "<\(shown(child.qualifiedName))> is not allowed here in <\(element.name)>",
                        line: child.line, column: child.column))
            } else if let missing {
                faults.append(
                    Fault(
                        message: "<\(element.name)> lacks <\(missing)>", line: element.line, column: element.column))
            }
        } else if let child = element.children.first {
            faults.append(
                Fault(
                    message: "<\(shown(element.name))> may not hold <\(shown(child.qualifiedName))>", line: child.line,
                    column: child.column))
        } else if let message = valueFault(element, parent: parent) {
            faults.append(Fault(message: message, line: element.line, column: element.column))
        }
        for child in element.children where models[element.name] != nil {
            collect(child, parent: element.name, into: &faults)
        }
    }

    /// Moves the index over what the model takes; answers the name of what it still wants, nil when it is content.
    private static func match(_ particle: Particle, _ names: [String], _ index: inout Int) -> String? {
        switch particle {
        case .element(let name):
            guard index < names.count, names[index] == name else { return name }
            index += 1
            return nil
        case .sequence(let parts):
            for part in parts { if let missing = match(part, names, &index) { return missing } }
            return nil
        case .choice(let parts):
            var missing: String?
            for part in parts {
                let start = index
                guard let wanted = match(part, names, &index) else { return nil }
                if index > start { return wanted }
                missing = missing ?? wanted
            }
            return missing
        case .optional(let part):
            let start = index
            let missing = match(part, names, &index)
            return index == start ? nil : missing
        case .repeated(let part):
            while index < names.count {
                let start = index
                let missing = match(part, names, &index)
                if index == start { return nil }
                if let missing { return missing }
            }
            return nil
        }
    }

    /// What is wrong with a leaf's text.
    private static func valueFault(_ element: QuartzElement, parent: String) -> String? {
        let text = element.text
        let value = trimmed(text)
        let isValid =
            switch element.name {
            case "overwrite-existing-data", "ignore-duplicates":
                // These have a default, which an empty element takes.
                text.isEmpty || ["true", "false", "1", "0"].contains(value)
            case "durability", "recover": ["true", "false", "1", "0"].contains(value)
            case "priority", "start-time-seconds-in-future", "repeat-interval": isInteger(value, minimum: 0)
            case "repeat-count": isInteger(value, minimum: -1)
            case "start-time", "end-time": XMLDateTime(value) != nil || XMLDateTime.isBeyond(value)
            case "misfire-instruction": QuartzMisfire(word: text, isSimple: parent == "simple") != nil
            case "repeat-interval-unit":
                text != "MILLISECOND" && ScheduleTrigger.IntervalUnit(rawValue: text) != nil
            case "cron-expression": QuartzCronSchema.accepts(text)
            default: true
            }
        return isValid ? nil : "<\(element.name)> may not be “\(shown(text))”"
    }

    private static func isInteger(_ text: String, minimum: Int) -> Bool {
        // A number of any length is valid in the schema; one beyond `Int` is reported where it is read.
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
        return Int(text).map { $0 >= minimum } ?? !text.hasPrefix("-")
    }
}
