import NetworkKernels
import NetworkLoops
import NetworkLoopsWide
import Processor

/// The loops of the widest level that this machine has, chosen once.
let loops: any VectorLoops.Type = loops(for: .current)

/// The loops of one level of vector instructions.
///
/// - Precondition: the machine has it.
func loops(for level: InstructionLevel) -> any VectorLoops.Type {
    switch level {
    case .baseline: NetworkLoops.Loops.self
    case .wide: NetworkLoopsWide.Loops.self
    }
}
