import SluiceForecast
import SluiceJSON
import SluiceModel

/// Reads schedules as OO Central lists them: a JSON array of them, or one (oo-central-api.md section 5).
///
/// A schedule becomes a trigger named by its id, and each flow a job. Values of `sensitiveInputs` are never looked at.
struct CentralScheduleReader {
    /// The group of everything that is in Central.
    static let group = "central"

    let file: String
    let now: Timestamp
    let defaultZone: TimeZoneRules
    let limits: ContentLimits

    func read(_ bytes: [UInt8]) -> ScheduleFile {
        var result = ScheduleFile(file: file)
        var list = DiagnosticList(countMax: limits.diagnosticCountMax)
        var jsonLimits = JSONLimits()
        jsonLimits.byteCountMax = limits.documentBytesMax
        jsonLimits.stringByteCountMax = limits.xmlTextBytesMax
        jsonLimits.valueCountMax = limits.scheduleValueCountMax
        var bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard !bytes.prefix(4).contains(where: { $0 == 0 || $0 >= 0xFE }) else {
            result.diagnostics = [
                ContentError(
                    "json-encoding", "the document is JSON in UTF-16 or UTF-32; convert it to UTF-8", file: file,
                    line: 1
                ).diagnostic
            ]
            return result
        }
        do throws(JSONError) {
            let value = try JSONReader.read(bytes, limits: jsonLimits)
            let elements = value.array ?? [value]
            let lines = JSONElementLines.lines(bytes, count: elements.count)
            read(elements, lines, into: &result, &list)
        } catch {
            list.append(
                ContentError(
                    "json-\(error.code)", "the document cannot be read as JSON: \(error.message)", file: file,
                    line: error.line, column: error.column))
        }
        result.diagnostics = list.all
        return result
    }

    private func read(
        _ elements: [JSONValue], _ lines: [Int], into result: inout ScheduleFile, _ list: inout DiagnosticList
    ) {
        var jobs: Set<ScheduleKey> = []
        var ids: Set<String> = []
        for (index, element) in elements.enumerated() {
            let line = index < lines.count ? lines[index] : 1
            guard index < limits.schedulePartCountMax else {
                return list.append(
                    ContentError(
                        "schedule-size", "the file has more than \(limits.schedulePartCountMax) schedules", file: file,
                        line: line))
            }
            var entry = CentralScheduleEntry(
                element, file: file, line: line, now: now, defaultZone: defaultZone, keeps: limits)
            do throws(ContentError) {
                let (trigger, job) = try entry.read()
                if !ids.insert(trigger.key.name).inserted {
                    list.warn(
                        "schedule-duplicate",
                        "there is another schedule \(shown(trigger.key.name)) before this one; ids are "
                            + "unique in Central",
                        file: file, line: line)
                }
                if jobs.insert(job.key).inserted { result.jobs.append(job) }
                result.triggers.append(trigger)
            } catch {
                list.append(error)
            }
            for remark in entry.remarks { list.append(remark) }
        }
    }
}

/// On which lines the elements of a JSON document's outer array begin.
enum JSONElementLines {
    /// The line of each element, from 1; for a document that was read well.
    static func lines(_ bytes: [UInt8], count: Int) -> [Int] {
        var lines: [Int] = []
        lines.reserveCapacity(count)
        var (line, depth, isInText, isEscaped, isExpected) = (1, 0, false, false, true)
        for byte in bytes {
            if byte == UInt8(ascii: "\n") { line += 1 }
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: continue
            case UInt8(ascii: ","): if depth == 1 { isExpected = true }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default:
                if depth == 1, isExpected {
                    lines.append(line)
                    isExpected = false
                }
                if byte == UInt8(ascii: "\"") { isInText = true }
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
                    // A document that is one object has no outer array: its only element begins here.
                    if depth == 0, byte == UInt8(ascii: "{") { return [line] }
                    depth += 1
                }
            }
        }
        return lines
    }
}
