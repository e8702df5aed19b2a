import Testing

@testable import Batch

@Suite("The share of a process is what its engine's variables say, or a fault that says what is wrong")
struct ArrayTaskTests {
    static let slurm = [
        "SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "5", "SLURM_ARRAY_TASK_MIN": "1",
        "SLURM_ARRAY_TASK_MAX": "13", "SLURM_ARRAY_TASK_STEP": "3", "SLURM_ARRAY_JOB_ID": "42",
    ]
    static let kubernetes = ["JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "9"]
    static let aws = ["AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "2"]

    @Test func documentedForms() throws {
        #expect(try ArrayTask(environment: Self.slurm)?.share == Share(index: 2, count: 5))
        #expect(try ArrayTask(environment: Self.kubernetes)?.share == Share(index: 4, count: 9))
        #expect(try ArrayTask(environment: Self.aws)?.share == Share(index: 0, count: 2))
        #expect(try ArrayTask(environment: ["PATH": "/bin", "SLURM_JOB_ID": "1"]) == nil)
        #expect(try ArrayTask(environment: Self.aws)?.origin.contains("AWS_BATCH_JOB_ARRAY_INDEX=0") == true)
    }

    @Test func everyTaskOfAnArrayHasAShareOfItsOwn() throws {
        var shares: Set<Share> = []
        for id in stride(from: 1, through: 13, by: 3) {
            let environment = Self.slurm.merging(["SLURM_ARRAY_TASK_ID": "\(id)"]) { $1 }
            shares.insert(try #require(try ArrayTask(environment: environment)).share)
        }
        #expect(shares == Set((0..<5).map { Share(index: $0, count: 5)! }))
    }

    static let broken: [([String: String], String)] = [
        (slurm.merging(["SLURM_ARRAY_TASK_ID": ""]) { $1 }, "SLURM_ARRAY_TASK_ID is empty"),
        (slurm.merging(["SLURM_ARRAY_TASK_ID": "x"]) { $1 }, "\"x\""),
        (slurm.merging(["SLURM_ARRAY_TASK_ID": "-1"]) { $1 }, "\"-1\""),
        (slurm.merging(["SLURM_ARRAY_TASK_ID": "8"]) { $1 }, "not 1 plus a multiple of 3"),
        (slurm.merging(["SLURM_ARRAY_TASK_ID": "16"]) { $1 }, "share 5 of 5"),
        (slurm.merging(["SLURM_ARRAY_TASK_STEP": "0"]) { $1 }, "STEP is 0"),
        (slurm.merging(["SLURM_ARRAY_TASK_MAX": "20"]) { $1 }, "even row"),
        (slurm.filter { $0.key != "SLURM_ARRAY_TASK_COUNT" }, "COUNT is not set"),
        (slurm.filter { $0.key != "SLURM_ARRAY_TASK_ID" }, "SLURM_ARRAY_TASK_ID is not"),
        (["JOB_COMPLETION_INDEX": "4"], "number of completions is not known"),
        (["JOB_COMPLETION_INDEX": "9", "JOB_COMPLETIONS": "9"], "share 9 of 9"),
        (["JOB_COMPLETION_INDEX": "", "JOB_COMPLETIONS": "9"], "JOB_COMPLETION_INDEX is empty"),
        (["JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "nine"], "\"nine\""),
        (["JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "9", "JOB_COMPLETION_COUNT": "8"], "is 8"),
        (["AWS_BATCH_JOB_ARRAY_INDEX": "3"], "AWS_BATCH_JOB_ARRAY_SIZE is not set"),
        (["AWS_BATCH_JOB_ARRAY_SIZE": "3"], "AWS_BATCH_JOB_ARRAY_INDEX is not"),
        (["AWS_BATCH_JOB_ARRAY_INDEX": "2", "AWS_BATCH_JOB_ARRAY_SIZE": "2"], "share 2 of 2"),
        (["AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "0"], "SIZE is 0"),
        (["AWS_BATCH_JOB_ARRAY_INDEX": "99999999999999999999", "AWS_BATCH_JOB_ARRAY_SIZE": "2"], "expected a number"),
        (slurm.merging(aws) { $1 }, "Slurm and AWS Batch say different things"),
    ]

    @Test(arguments: broken.indices)
    func whatIsBrokenIsTold(_ index: Int) {
        let (environment, words) = Self.broken[index]
        #expect {
            try ArrayTask(environment: environment)
        } throws: { error in
            (error as? ArrayTask.Fault)?.message.contains(words) == true
        }
    }

    @Test func enginesThatAgreeAreNoContradiction() throws {
        let both = Self.kubernetes.merging([
            "AWS_BATCH_JOB_ARRAY_INDEX": "4", "AWS_BATCH_JOB_ARRAY_SIZE": "9",
        ]) { $1 }
        #expect(try ArrayTask(environment: both)?.share == Share(index: 4, count: 9))
    }
}
