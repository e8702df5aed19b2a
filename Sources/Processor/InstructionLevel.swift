/// The instruction sets that hot loops are compiled for, narrowest first. Results do not depend on the level.
public enum InstructionLevel: String, Sendable, CaseIterable, Comparable {
    /// x86-64-v3 (AVX2 and FMA), the floor on x86; on other processors what all of them have.
    case baseline
    /// x86-64-v4 (512-bit vectors) and byte dot products (AVX512-VNNI).
    case wide

    /// Variable of the environment that holds the level down, for tests and comparisons: the name of a level.
    public static let variable = "SVERTKA_INSTRUCTION_LEVEL"

    /// The level that this process uses, found once.
    public static let current = level(
        flags: ProcessorFlags.ofThisMachine, limit: ProcessorFlags.environment(variable))

    /// Whether the processor has what even the narrowest level needs; true where the kernel does not tell.
    public static let isSupported = isSupported(flags: ProcessorFlags.ofThisMachine)

    static func isSupported(flags: Set<Substring>?) -> Bool {
        #if arch(x86_64)
            guard let flags else { return true }
            return flags.isSuperset(of: ["avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"])
        #else
            return true
        #endif
    }

    /// - `limit`: the name of the highest level that is wanted; any other text limits nothing.
    static func level(flags: Set<Substring>?, limit: String?) -> InstructionLevel {
        let highest = limit.flatMap(InstructionLevel.init(rawValue:)) ?? .wide
        return min(highest, widest(flags: flags))
    }

    private static func widest(flags: Set<Substring>?) -> InstructionLevel {
        #if arch(x86_64)
            let needed: Set<Substring> = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512_vnni"]
            return flags?.isSuperset(of: needed) == true ? .wide : .baseline
        #else
            return .baseline
        #endif
    }

    public static func < (a: InstructionLevel, b: InstructionLevel) -> Bool { a == .baseline && b == .wide }
}
