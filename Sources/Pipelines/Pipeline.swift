import Codecs
import Networks
import Operations
import Specification

/// A checked pipeline: steps, and which value each of them reads.
///
/// Values are numbered in the order in which they come into being; value 0 is the decoded picture.
public struct Pipeline: Sendable {
    enum Action: Sendable {
        case decode(DecodeStep)
        case operation(any StepOperation)
        case encode(EncodeStep)
        case record(RecordStep)

        /// The name of the output; nil where the step writes none.
        var template: OutputTemplate? {
            switch self {
            case .encode(let step): step.file
            case .record(let step): step.file
            case .decode, .operation: nil
            }
        }
    }

    struct Step: Sendable {
        /// From 1, as people count.
        var number: Int
        var op: String
        var action: Action
        var inputs: [Int]
        var results: [Int]
        /// What `as` calls the results; empty where it is left out.
        var names: [String]
        /// What the name of an output depends on besides the name of the input.
        var naming = OutputNaming()

        var label: String { "step \(number) (\(op))" }
    }

    /// The steps, by their labels, whose findings stand in the name of an output.
    struct OutputNaming: Sendable {
        /// For `{label}`.
        var labelStep: String?
        /// For the folder.
        var routeStep: String?

        /// Whether the name is known only when the picture has been looked at.
        var isLate: Bool { labelStep != nil || routeStep != nil }
    }

    public let name: String
    /// The file it came from, as the user named it.
    public let file: String
    /// The bytes of the document: the same bytes with the same version give the same results.
    public let source: [UInt8]
    var steps: [Step] { didSet { plans = PlanCache() } }
    private(set) var plans = PlanCache()
    /// Of each value.
    public let types: [ValueType]
    /// Its networks, loaded.
    let networks: NetworkLoader
    var valueCount: Int { types.count }
    /// Every other file that results depend on (model cards, networks), each stamped before it was read.
    public var files: [FileStamp] {
        var seen: Set<FileStamp> = []
        return steps.flatMap { step -> [FileStamp] in
            if case .operation(let operation) = step.action { operation.files } else { [] }
        }.filter { seen.insert($0).inserted }
    }

    /// Whether anything is done between reading and writing.
    var hasOperations: Bool {
        steps.contains { if case .operation = $0.action { true } else { false } }
    }

    /// The limits that hold for its files where the surroundings have these.
    public func limits(over surroundings: DecodeLimits) -> DecodeLimits { decode.limits(over: surroundings) }

    /// Bytes that stay in memory for all pictures, such as the weights of its networks, by what they belong to.
    public var kept: [ObjectIdentifier: Int] {
        steps.reduce(into: [:]) { kept, step in
            guard case .operation(let operation) = step.action else { return }
            kept.merge(operation.kept) { max($0, $1) }
        }
    }

    public var keptByteCount: Int { kept.values.reduce(0, +) }

    var decode: DecodeStep {
        for step in steps { if case .decode(let decode) = step.action { return decode } }
        preconditionFailure("the reader lets no pipeline pass that has no decode step")
    }
}
