/// A strict reader of Prometheus' text format 0.0.4, to check what `/metrics` writes.
struct PrometheusPage {
    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Malformed: Error {
        var line: String
    }

    private(set) var samples: [Sample] = []

    /// - Throws: `Malformed` for a line that is not one, a type given twice or too late, or a series given twice.
    init(_ text: String) throws {
        guard text.isEmpty || text.unicodeScalars.last == "\n" else { throw Malformed(line: "no newline at the end") }
        var types: Set<String> = []
        var families: Set<String> = []
        var series: Set<String> = []
        for scalars in text.unicodeScalars.split(separator: "\n") {
            let line = String(scalars)
            if line.hasPrefix("# TYPE ") {
                let name = String(line.split(separator: " ")[2])
                guard types.insert(name).inserted, !families.contains(name) else { throw Malformed(line: line) }
                continue
            }
            guard !line.hasPrefix("#") else { continue }
            let sample = try Self.sample(line)
            families.insert(sample.name)
            guard series.insert("\(sample.name)\(sample.labels.sorted { $0.key < $1.key })").inserted else {
                throw Malformed(line: line)
            }
            samples.append(sample)
        }
    }

    func value(_ name: String, _ labels: [String: String]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Array(line.unicodeScalars)[...]
        func name(_ isFirst: Bool = true) -> String {
            var text = ""
            while let scalar = rest.first,
                scalar == "_" || scalar == ":" || scalar.properties.isAlphabetic && scalar.isASCII
                    || !text.isEmpty && ("0"..."9").contains(scalar)
            {
                text.unicodeScalars.append(rest.removeFirst())
            }
            return text
        }
        func take(_ scalar: Unicode.Scalar) throws {
            guard rest.first == scalar else { throw Malformed(line: line) }
            rest.removeFirst()
        }
        let metric = name()
        guard !metric.isEmpty else { throw Malformed(line: line) }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let label = name()
                try take("=")
                try take("\"")
                var value = String.UnicodeScalarView()
                while let scalar = rest.popFirst(), scalar != "\"" {
                    guard scalar == "\\" else {
                        value.append(scalar)
                        continue
                    }
                    switch rest.popFirst() {
                    case "n": value.append("\n")
                    case "\\": value.append("\\")
                    case "\"": value.append("\"")
                    default: throw Malformed(line: line)
                    }
                }
                guard !label.isEmpty, labels.updateValue(String(value), forKey: label) == nil else {
                    throw Malformed(line: line)
                }
                if rest.first == "," { rest.removeFirst() } else if rest.first != "}" { throw Malformed(line: line) }
            }
            rest.removeFirst()
        }
        try take(" ")
        guard let value = Double(String(String.UnicodeScalarView(rest))) else { throw Malformed(line: line) }
        return Sample(name: metric, labels: labels, value: value)
    }
}
