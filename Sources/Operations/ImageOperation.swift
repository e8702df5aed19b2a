import Dataflow
import Raster
import Specification

/// What is known of a value before a picture arrives.
public struct ValueType: Sendable, Equatable {
    /// nil: as the file has it.
    public var layout: ChannelLayout?
    /// nil: depends on the picture.
    public var size: ImageSize?

    public init(layout: ChannelLayout? = nil, size: ImageSize? = nil) {
        self.layout = layout
        self.size = size
    }
}

/// Why an operation cannot take its inputs: told at load where it is known then, else for the picture at hand.
public struct OperationError: Error, Sendable, Equatable {
    /// Stable kebab-case name.
    public let code: String
    public let message: String
    public let hint: String?

    public init(_ code: String, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

/// What an operation may know while it adds its operators to a graph.
public struct LoweringContext: Sendable {
    /// Key under which the operation reports what it finds.
    public var stepKey: String
    /// Rewrites that are allowed; tests switch them off one by one.
    public var rewrites: Set<Rewrite>
    /// Planes that the decoder can give as they are stored, with the value that they belong to.
    public var lumaPlane: (of: FieldID, plane: FieldID)?

    public init(stepKey: String, rewrites: Set<Rewrite> = Set(Rewrite.allCases)) {
        self.stepKey = stepKey
        self.rewrites = rewrites
    }
}

/// A way of computing that gives the same result sooner.
public enum Rewrite: String, Sendable, CaseIterable {
    /// 16-bit integers where the interval of the values allows it.
    case narrowIntegers = "narrow-integers"
    /// Intervals found for chains of convolutions as a whole.
    case wholeChains = "whole-chains"
    /// Kernels of rank 1 as two passes.
    case separable
    /// Kernel rows that are equal are added up first.
    case foldedRows = "folded-rows"
    /// Two rows of bytes in one multiplication.
    case bytePairs = "byte-pairs"
    /// Sums over squares go on from row to row.
    case runningSums = "running-sums"
    /// Point functions of few different values as tables.
    case tables
    /// Rounding in the operator that computes the samples.
    case fusedRounding = "fused-rounding"
    /// Work that the decoder does not have to do.
    case decoderPushdown = "decoder-pushdown"
}

/// One operation of the pipeline language, with the values of its keys.
///
/// Every file of an operation has: what it computes, the table of its keys, the check of its types, and how it becomes
/// row operators.
public protocol ImageOperation: Sendable {
    /// Name, keys, ranges, defaults and meanings: the one place from which parser, schema and reference read them.
    static var step: StepDescription { get }

    /// Keys, besides `from`, that hold names of values; those values follow the inputs that `from` names.
    static var valueKeys: [String] { get }

    /// Reads the keys; faults are recorded in the reader, and the value is then not used.
    init(_ reader: inout ParameterReader)

    /// The types of the results.
    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType]

    /// Adds the operators; returns as many fields as `resultTypes` has types.
    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
}

extension ImageOperation {
    public static var valueKeys: [String] { [] }
}
