import SluiceForecast

/// What Quartz reads in a cron expression of a file otherwise than its author likely meant.
enum ScheduleCron {
    /// A diagnostic's code and text for each such thing, in the order of the fields.
    ///
    /// A year is nothing of that kind: only Central refuses it, whose reader says so.
    static func remarks(_ expression: CronExpression) -> [(code: String, message: String)] {
        expression.remarks.filter { $0.code != .yearField }.map { remark in
            (
                "cron-\(remark.code)",
                "the cron expression “\(shown(expression.text))”: "
                    + shown(remark.description, charactersMax: messageCharactersMax)
            )
        }
    }

    private static let messageCharactersMax = 300
}
