import SluiceModel

/// Reads the directives of a schedule file: the first of each kind in it counts, as in Quartz.
struct QuartzDirectiveReader {
    /// What they say so far.
    var result = QuartzDirectives()
    private var hasOverwrite = false
    private var hasIgnore = false

    mutating func read(_ element: QuartzElement, _ reader: QuartzUnitReader, _ warnings: inout DiagnosticList) {
        let dialect = reader.dialect
        if isGiven("overwrite-existing-data", element, dialect), !hasOverwrite {
            result.overwritesExistingData =
                element.value("overwrite-existing-data") == nil
                || reader.directive("overwrite-existing-data", element, warnings: &warnings)
            hasOverwrite = true
        }
        if isGiven("ignore-duplicates", element, dialect), !hasIgnore {
            result.ignoresDuplicates =
                element.value("ignore-duplicates") != nil
                && reader.directive("ignore-duplicates", element, warnings: &warnings)
            hasIgnore = true
        }
        let relative = "schedule-trigger-relative-to-replaced-trigger"
        if dialect.isDotNET, element.value(relative) != nil {
            result.schedulesRelativeToReplaced = reader.directive(relative, element, warnings: &warnings)
        }
    }

    /// Whether a directive is there; an empty one has its default, which the schema fills in for Quartz.
    private func isGiven(_ name: String, _ element: QuartzElement, _ dialect: ScheduleDialect) -> Bool {
        element.value(name) != nil || (dialect.isQuartzNamespace && element.child(name)?.text == "")
    }
}
