/// An operation's error that shows only while a picture is computed.
public struct StepError: Error, Sendable {
    /// Of the step, as `LoweringContext.stepKey` gave it.
    public let key: String
    public let error: OperationError

    public init(_ key: String, _ error: OperationError) {
        self.key = key
        self.error = error
    }
}
