import Testing

@testable import Processor

@Suite("The level of instructions follows what the processor has")
struct InstructionLevelTests {
    private static let floor: Set<Substring> = ["avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"]
    private static let v4: Set<Substring> = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]

    @Test("The wide level needs every one of its instruction sets")
    func wide() throws {
        #if arch(x86_64)
            let all = Self.floor.union(Self.v4).union(["avx512_vnni"])
            #expect(InstructionLevel.level(flags: all, limit: nil) == .wide)
            for missing in Self.v4.union(["avx512_vnni"]) {
                #expect(InstructionLevel.level(flags: all.subtracting([missing]), limit: nil) == .baseline)
            }
        #endif
        #expect(InstructionLevel.level(flags: Self.floor, limit: nil) == .baseline)
        #expect(InstructionLevel.level(flags: nil, limit: nil) == .baseline)
    }

    @Test("The environment can hold the level down, never push it up")
    func limit() {
        let all = Self.floor.union(Self.v4).union(["avx512_vnni"])
        #expect(InstructionLevel.level(flags: all, limit: "baseline") == .baseline)
        #expect(InstructionLevel.level(flags: Self.floor, limit: "wide") == .baseline)
        #expect(
            InstructionLevel.level(flags: all, limit: "nonsense") == InstructionLevel.level(flags: all, limit: nil))
    }

    @Test("A processor without the floor is told")
    func floor() {
        #expect(InstructionLevel.isSupported(flags: Self.floor))
        #expect(InstructionLevel.isSupported(flags: nil))
        #if arch(x86_64)
            for missing in Self.floor {
                #expect(!InstructionLevel.isSupported(flags: Self.floor.subtracting([missing])))
            }
        #endif
    }

    @Test("Flags are read from the kernel's line")
    func line() {
        #expect(ProcessorFlags.flags("flags\t\t: fpu avx2 fma\n")?.contains("avx2") == true)
        #expect(ProcessorFlags.flags("model name\t: avx2 flags\n") == nil)
    }
}
