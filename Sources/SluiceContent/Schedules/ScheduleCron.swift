import SluiceForecast

/// What Quartz makes of a cron expression in a file: refuses it, or reads it otherwise than its author likely meant.
enum ScheduleCron {
    /// Why Quartz refuses an expression; nil when it takes it.
    static func refusal(_ expression: String) -> String? {
        do throws(CronError) {
            _ = try CronExpression(expression)
            return nil
        } catch {
            return error.description
        }
    }

    /// What Quartz would silently misread in it.
    static func remarks(_ expression: String) -> [String] { [] }
}
