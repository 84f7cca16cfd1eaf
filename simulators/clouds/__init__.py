"""Stand-ins for Aliyun's and Tencent's SMS and voice: stateful, and strict about their rules."""
