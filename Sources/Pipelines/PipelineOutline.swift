import Operations
import Specification

/// The steps of a pipeline as they are shown to people.
public struct StepOutline: Sendable {
    /// From 1.
    public let number: Int
    public let op: String
    /// Such as `step 2 (convolve)`.
    public let label: String
    /// Values by number.
    public let inputs: [Int]
    public let results: [Int]
    /// What `as` calls the results; empty where it is left out.
    public let names: [String]
    /// The step with every default filled in.
    public let canonical: JSONNode
    public let kernel: [[Double]]?

    /// What a result is called: its name, or the step's label.
    public func name(of result: Int) -> String {
        let index = results.firstIndex(of: result) ?? 0
        return names.indices.contains(index) ? "\(label) \(names[index])" : label
    }
}

extension Pipeline {
    public var outline: [StepOutline] {
        zip(steps, CanonicalPipeline.steps(self)).map { step, canonical in
            var kernel: [[Double]]?
            if case .operation(let operation) = step.action { kernel = operation.kernelGrid }
            return StepOutline(
                number: step.number, op: step.op, label: step.label, inputs: step.inputs, results: step.results,
                names: step.names, canonical: canonical, kernel: kernel)
        }
    }
}
