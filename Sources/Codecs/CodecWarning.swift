/// Something about a file that did not keep it from being read.
public struct CodecWarning: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// Samples are missing, and were filled in.
        case truncated
        /// Samples may be wrong.
        case damaged
        /// Metadata were left out.
        case metadata
        /// The file departs from the standard without harm to the samples.
        case irregular
    }

    public let kind: Kind
    public let message: String
    /// How many times the library said so.
    public let count: Int

    /// The message, and how many times it holds.
    public var text: String { count > 1 ? "\(message) (\(count) times)" : message }

    public init(_ kind: Kind, _ message: String, count: Int = 1) {
        self.kind = kind
        self.message = message
        self.count = count
    }
}
