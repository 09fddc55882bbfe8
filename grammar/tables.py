"""Made from fdl.lark by `python -m fdc.grammar.build`; see there for the notation."""

# ruff: noqa: E501

STARTS = "declaration expr"
ENDS = "9 32"
KEYWORDS = """\
and AND
as AS
assert ASSERT
by BY
checkpoint CHECKPOINT
component COMPONENT
data DATA
every EVERY
false FALSE
family FAMILY
for FOR
from FROM
graph GRAPH
import IMPORT
in IN
let LET
loss LOSS
mesh MESH
method METHOD
not NOT
optimize OPTIMIZE
or OR
param PARAM
per PER
process PROCESS
produce PRODUCE
program PROGRAM
record RECORD
return RETURN
reveal REVEAL
role ROLE
sizes SIZES
space SPACE
stage STAGE
state STATE
to TO
track TRACK
train TRAIN
true TRUE
update UPDATE
use USE
validate VALIDATE
variant VARIANT
"""
PUNCTUATION = """\
!= NE
% PERCENT
( LPAR
) RPAR
* STAR
** POWER
+ PLUS
, COMMA
- MINUS
-> ARROW
. DOT
.. RANGE
/ SLASH
// FLOOR
: COLON
< LT
<= LE
= EQUAL
== EQ
> GT
>= GE
[ LSQB
] RSQB
{ LBRACE
} RBRACE
~ TILDE
"""
RULES = """\
__args_star_15 2 _ 1
__args_star_15 3 _ 0 2
__atom_star_14 2 _ 1
__atom_star_14 3 _ 0 2
__body_star_13 2 _ 0 1
__body_star_13 3 _ 0 1
__body_star_13 2 _ 0 1
__body_star_13 1 _ 0
__body_star_13 2 _ 0
__body_star_13 1 _ 0
__dims_star_11 2 _ 1
__dims_star_11 3 _ 0 2
__entries_star_7 2 _ 0 1
__entries_star_7 3 _ 0 1
__entries_star_7 1 _ 0
__entries_star_7 2 _ 0
__family_star_1 2 _ 0 1
__family_star_1 3 _ 0 1
__family_star_1 1 _ 0
__family_star_1 2 _ 0
__fields_star_9 2 _ 0 1
__fields_star_9 3 _ 0 1
__fields_star_9 1 _ 0
__fields_star_9 2 _ 0
__import_names_star_0 1 _ 0
__import_names_star_0 2 _ 0
__import_names_star_0 2 _ 0 1
__import_names_star_0 3 _ 0 1
__method_star_4 2 _ 0 1
__method_star_4 3 _ 0 1
__method_star_4 2 _ 0 1
__method_star_4 1 _ 0
__method_star_4 2 _ 0
__method_star_4 1 _ 0
__pair_type_plus_12 2 _ 1
__pair_type_plus_12 3 _ 0 2
__params_star_10 2 _ 1
__params_star_10 3 _ 0 2
__path_star_8 2 _ 1
__path_star_8 3 _ 0 2
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__program_star_6 2 _ 0 1
__program_star_6 3 _ 0 1
__program_star_6 2 _ 0 1
__program_star_6 1 _ 0
__program_star_6 2 _ 0
__program_star_6 1 _ 0
__role_names_star_5 2 _ 1
__role_names_star_5 3 _ 0 2
__space_plus_2 2 _ 1
__space_plus_2 3 _ 0 2
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
annotation 1 . 0
annotation 1 . 0
annotation 1 . 0
arg 3 arg 0 2
arg 1 arg - 0
args 0 args
args 1 args 0
args 2 args 0
args 2 args 0 1
args 3 args 0 1
assert_ 2 assert_ 1
assert_ 3 assert_ 1
assert_ 4 assert_why 1 3
assert_ 5 assert_why 1 3
atom 1 false 0
atom 3 . 1
atom 5 tuple 1 2
atom 4 tuple 1 2
atom 2 list
atom 4 list 1
atom 3 list 1
atom 5 list 1 2
atom 4 list 1 2
atom 1 name 0
atom 1 number 0
atom 1 string 0
atom 1 true 0
atom 1 map 0
bind 3 bind 0 2
bind 6 bind_many 1 5
bind 5 bind_many 1 4
bind 7 bind_many 1 2 6
bind 6 bind_many 1 2 5
body 2 body
body 3 body 1
both 3 binary 0 1 2
both 1 . 0
compared 1 . 0
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
component 4 component 1 3 -
component 5 component 1 3 4
data 4 data 1 3 -
data 5 data 1 3 4
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
dim 3 dim 0 2
dim 1 dim - 0
dims 1 dims 0
dims 2 dims 0
dims 2 dims 0 1
dims 3 dims 0 1
dotted 1 dotted 0
dotted 2 dotted 0 1
draw 3 draw 0 2 - -
draw 5 draw 0 2 4 -
draw 8 draw 0 2 4 6
either 1 . 0
either 3 binary 0 1 2
entries 2 entries
entries 3 entries 1
entry 1 entry 0 -
entry 3 entry 0 2
expr 1 . 0
expr 3 cast 0 2
family 4 family 1
family 5 family 1 3
field 3 field 0 2 -
field 4 field 0 2 3
fields 2 fields
fields 3 fields 1
for_ 5 for_ 1 3 4
for_targets 4 for_targets 1
for_targets 3 for_targets 1
for_targets 5 for_targets 1 2
for_targets 4 for_targets 1 2
for_targets 1 for_targets 0
graph 6 graph 1 3 5
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_names 2 import_names
import_names 3 import_names 1
let 4 let 1 3
list_type 3 list_type 1
loss 4 loss 1 3
method 9 method 1 3 6
method 10 method 1 3 6 8
method 7 method 1 3 -
method 8 method 1 3 - 6
negated 2 not_ 1
negated 1 . 0
optimize 4 optimize 1 3
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
param 2 param 1 - -
param 4 param 1 3 -
param 6 param 1 3 5
param 4 param 1 - 3
parameter 1 parameter 0 - -
parameter 3 parameter 0 2 -
parameter 5 parameter 0 2 4
parameter 3 parameter 0 - 2
params 0 params
params 1 params 0
params 2 params 0
params 2 params 0 1
params 3 params 0 1
path 1 path 0
path 2 path 0 1
postfix 1 . 0
postfix 3 attr 0 2
postfix 4 call 0 2
postfix 4 index 0 2
power 1 . 0
power 3 binary 0 1 2
process 4 process 1
process 5 process 1 3
produce 6 produce 1 3 5 -
produce 7 produce 1 3 5 6
program 4 program 1
program 5 program 1 3
range 1 . 0
range 3 span 0 2
record 3 record 1 2
return_ 2 return_ 1
reveal 2 reveal 1
role 4 role 1 3 -
role 5 role 1 3 4
role_names 0 role_names
role_names 1 role_names 0
role_names 2 role_names 0
role_names 2 role_names 0 1
role_names 3 role_names 0 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
signed 2 minus 1
signed 1 . 0
sizes 2 sizes 1
space 5 product 1 3 4
space 4 space 1 3 - -
space 6 space 1 3 5 -
space 7 space 1 3 5 6
space 5 space 1 3 - 4
stage 16 stage 1 3 5 8 10 12 14
stage 14 stage 1 3 5 8 10 - 12
state 4 state 1 3
sum 3 binary 0 1 2
sum 3 binary 0 1 2
sum 1 . 0
term 1 . 0
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
track 2 track 1 -
track 3 track 1 2
type 1 type 0 -
type 4 type 0 2
update 5 update 1 3 4
update 3 update 1 - 2
updated 1 updated 0
updated 2 updated 0 1
use 5 use 1 3 -
use 6 use 1 3 5
variant 3 variant 1 2
"""
LOOKAHEADS = """\
$END AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA DOT EQ FLOOR FOR GE GRAPH GT LBRACE LE LET LOSS LPAR LSQB LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS POWER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END AS ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END AS ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ FLOOR FOR GE GRAPH GT LBRACE LE LET LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ FOR GE GRAPH GT LBRACE LE LET LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL FOR GRAPH LBRACE LET LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
NAME RBRACE
COMMA LET NAME RBRACE
$END COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL FOR FROM GRAPH LBRACE LET LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RPAR SLASH STAR
COMMA RPAR
$END ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL FOR FROM GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
LET NAME RBRACE
ASSERT CHECKPOINT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ASSERT CHECKPOINT COMMA DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
$END COMMA COMPONENT FROM GRAPH LBRACE LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ASSERT BY CHECKPOINT COMMA COMPONENT DATA DOT EQUAL FOR FROM GRAPH LBRACE LET LOSS LPAR LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
COMMA RPAR RSQB
ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ASSERT CHECKPOINT DATA FOR GRAPH LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ASSERT CHECKPOINT COMMA DATA FOR GRAPH LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
EVERY LBRACE
LBRACE LPAR
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RSQB SLASH STAR
COMMA RSQB
COMMA EVERY LBRACE RPAR
COMMA NAME RBRACE
$END COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE STAR VARIANT
ASSERT GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ASSERT COMMA GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ASSERT FOR LOSS NAME RBRACE RETURN REVEAL _TARGETS
ASSERT COMMA FOR LOSS NAME RBRACE RETURN REVEAL _TARGETS
"""
STATES = """\
FAMILY>2,IMPORT>3,METHOD>4,PROCESS>5,PROGRAM>6,RECORD>7,SPACE>8,declaration>9,family>10,import_>11,method>12,process>13,program>14,record>15,space>16
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,expr>32,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39
NAME>40
NAME>41,STRING>42
NAME>43
NAME>44
NAME>45
NAME>46
NAME>47

$END<144
$END<145
$END<146
$END<147
$END<148
$END<149
$END<150
@0<110
NAME>48,RBRACE>49,__entries_star_7>50,entry>51,path>52
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>53
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RSQB>54,expr>55
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>56
@0<119
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>57
@0<120
@0<121
@0<122
@0<222
AND>58,@1<162
@2<201
OR>59,RANGE>60,@3<234
@0<123

@2<132
DOT>61,LPAR>62,LSQB>63,POWER>64,@4<226
@4<255
AS>65,@5<168
@4<268
EQ>66,GE>67,GT>68,LE>69,LT>70,MINUS>71,NE>72,PLUS>73,@2<133
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<267
LBRACE>78
AS>79,LBRACE>80,import_names>81,$END<183
LBRACE>80,AS>82,import_names>83,$END<187
LPAR>84
LBRACE>85
LBRACE>86
LBRACE>87,fields>88
EQUAL>89
DOT>90,__path_star_8>91,@7<220
@0<164
NAME>48,path>52,RBRACE>92,entry>93
COMMA>94,@8<14
EQUAL>95,@9<166
COMMA>96,RPAR>97,__atom_star_14>98
@0<114
COMMA>99,RSQB>100,__atom_star_14>101
@4<254
@2<200
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>102
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,both>103
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,either>104
NAME>105
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,args>108,expr>109,RPAR<101
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>110
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>111
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,annotation>115,list_type>116,pair_type>117,path>118,type>119
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>120
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>121
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>122
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>124
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>125
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>126
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>127
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>128
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>129
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>130
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>131
PROCESS>5,RECORD>7,SPACE>8,COMPONENT>132,GRAPH>133,PARAM>134,RBRACE>135,SIZES>136,STAGE>137,VARIANT>138,__family_star_1>139,_family_member>140,component>141,graph>142,param>143,process>144,record>145,sizes>146,space>147,stage>148,variant>149
NAME>150
NAME>151,RBRACE>152,__import_names_star_0>153
$END<186
NAME>154
$END<190
NAME>155,role_names>156,RPAR<241
NAME>48,path>52,LET>157,RBRACE>158,__process_star_3>159,entry>160,let>161
PROCESS>5,GRAPH>133,PARAM>134,SIZES>136,ASSERT>162,CHECKPOINT>163,DATA>164,MESH>165,NAME>166,OPTIMIZE>167,PRODUCE>168,RBRACE>169,REVEAL>170,ROLE>171,STATE>172,TRACK>173,TRAIN>174,UPDATE>175,USE>176,VALIDATE>177,_TARGETS>178,__program_star_6>179,_program_member>180,assert_>181,bind>182,data>183,draw>184,graph>185,optimize>186,param>187,process>188,produce>189,reveal>190,role>191,settings>192,sizes>193,state>194,track>195,update>196,use>197
NAME>198,RBRACE>199,__fields_star_9>200,field>201
@10<236
path>118,NAME>202,type>203
NAME>204
DOT>205,@11<221
@0<165
COMMA>206,@8<12
@8<15
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>207
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>208
@0<111
COMMA>209,RPAR>210
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>208,RSQB>211
@0<116
COMMA>212,RSQB>213
@2<131
AND>58,@1<163
OR>59,@3<235
@0<223
EQUAL>214,@12<119
COMMA>215,__args_star_15>216,RPAR<102
RPAR>217
@13<100
RSQB>218
@4<227
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>219
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>220
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>221
@5<169
@14<96
@14<97
LSQB>222,@15<275
@14<98
MINUS>71,PLUS>73,@2<134
MINUS>71,PLUS>73,@2<135
MINUS>71,PLUS>73,@2<136
MINUS>71,PLUS>73,@2<137
MINUS>71,PLUS>73,@2<138
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<265
MINUS>71,PLUS>73,@2<139
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<266
@4<269
@4<270
@4<271
@4<272
NAME>223
NAME>224
NAME>225
$END<170
LBRACE>18,entries>226
NAME>227
NAME>228
PROCESS>5,RECORD>7,SPACE>8,COMPONENT>132,GRAPH>133,PARAM>134,SIZES>136,STAGE>137,VARIANT>138,component>141,graph>142,param>143,process>144,record>145,sizes>146,space>147,stage>148,variant>149,RBRACE>229,_family_member>230
COMMA>231,@16<18
@17<58
@17<59
@17<60
@17<61
@17<62
@17<63
@17<64
@17<65
@17<66
LBRACE>80,import_names>232,$END<184
COMMA>233,@8<24
$END<191
NAME>234,RBRACE>235
LBRACE>80,import_names>236,$END<188
COMMA>237,__role_names_star_5>238,RPAR<242
RPAR>239
NAME>240
@18<228
NAME>48,path>52,LET>157,RBRACE>241,entry>242,let>243
COMMA>244,@19<44
COMMA>245,@19<46
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>246
LBRACE>18,EVERY>247,entries>248
NAME>249
LBRACE>18,EVERY>250,entries>251
EQUAL>252,TILDE>253
NAME>254
NAME>255
$END<232
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>256
NAME>257
NAME>258
NAME>259
LBRACE>18,EVERY>260,entries>261
NAME>262,updated>263
NAME>264,dotted>265
LBRACE>18,EVERY>266,entries>267
NAME>268
PROCESS>5,GRAPH>133,PARAM>134,SIZES>136,ASSERT>162,CHECKPOINT>163,DATA>164,MESH>165,NAME>166,OPTIMIZE>167,PRODUCE>168,REVEAL>170,ROLE>171,STATE>172,TRACK>173,TRAIN>174,UPDATE>175,USE>176,VALIDATE>177,_TARGETS>178,bind>182,data>183,draw>184,graph>185,optimize>186,param>187,process>188,produce>189,reveal>190,role>191,settings>192,sizes>193,state>194,track>195,update>196,use>197,RBRACE>269,_program_member>270,assert_>271
COMMA>272,@20<51
@20<53
@21<74
@21<75
@21<76
@21<77
@21<78
@21<79
@21<80
@21<81
@21<82
@21<83
@21<84
@21<85
@21<86
@21<87
@21<88
@21<89
COLON>273
@18<174
NAME>198,RBRACE>274,field>275
COMMA>276,@8<22
DOT>90,__path_star_8>91,STAR>277,__space_plus_2>278,@22<220
LBRACE>18,FROM>279,entries>280,@10<258
@23<38
NAME>281
@8<13
@9<167
@24<2
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RPAR>282,expr>283
@0<113
@0<115
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>283,RSQB>284
@0<118
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>285
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>286,RPAR<103
COMMA>287,RPAR<104
@0<224
@0<225
COMMA>288,__pair_type_plus_12>289
RSQB>290
COMMA>288,__pair_type_plus_12>291
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>292,dim>293,dims>294,expr>295
EQUAL>296
LPAR>297
COLON>298,EQUAL>299,@25<207
@25<256
COLON>300
LBRACE>18,entries>301
$END<171
COMMA>302,@16<16
@16<19
$END<185
@8<25
COMMA>303,@8<26
$END<192
$END<189
NAME>304,RPAR<243
COMMA>305,RPAR<244
FROM>306,LBRACE>307
EQUAL>308
@18<229
COMMA>309,@19<40
COMMA>310,@19<42
@19<45
@19<47
COMMA>311,@26<106
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>312
@21<247
EQUAL>313
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>314
@21<249
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>315
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>316
EQUAL>317
EQUAL>318
@27<238
EQUAL>319
EQUAL>320
LBRACE>18,entries>321,@21<273
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>322
@21<251
COMMA>323,__role_names_star_5>324,@28<279
EVERY>325,LBRACE>326,body>327
DOT>90,__path_star_8>328,@29<157
LPAR>329
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>330
@21<253
COMMA>331,RPAR>332,__role_names_star_5>333
$END<233
COMMA>334,@20<48
@20<50
@20<52
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>335
@18<175
COMMA>336,@8<20
@8<23
NAME>337
STAR>338,@10<257
NAME>339
@10<261
@23<39
@0<112
@24<3
@0<117
@13<99
@13<0
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>340,RPAR<105
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>341
COMMA>342,RPAR>343
@14<194
COMMA>344,RPAR>345
EQUAL>346,@30<119
COMMA>347,__dims_star_11>348,RSQB<153
RSQB>349
@31<152
NAME>48,path>350
NAME>351,parameter>352,params>353,RPAR<215
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>354
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>355
NAME>356
@17<283
@16<17
@8<27
@32<54
NAME>357,RPAR<245
NAME>264,dotted>358
GRAPH>133,PARAM>134,ASSERT>162,NAME>166,REVEAL>170,STATE>172,UPDATE>175,_TARGETS>178,RBRACE>359,__method_star_4>360,_method_member>361,assert_>362,bind>363,draw>364,graph>365,param>366,reveal>367,state>368,update>369
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>370
@19<41
@19<43
STRING>371,@26<107
LBRACE>18,entries>372
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>373
LBRACE>18,entries>374
@27<124
PER>375,@27<159
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>376
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>377
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>378
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>379
@21<274
LBRACE>18,entries>380
NAME>304
COMMA>381,@28<280
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>382
ASSERT>162,NAME>166,REVEAL>170,_TARGETS>178,FOR>383,LOSS>384,RBRACE>385,RETURN>386,__body_star_13>387,_statement>388,assert_>389,bind>390,draw>391,for_>392,loss>393,return_>394,reveal>395
@21<278
DOT>205,@29<158
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>396,RPAR<101
LBRACE>18,entries>397
NAME>304,RPAR>398
EQUAL>399
COMMA>400,RPAR>401
@20<49
LBRACE>18,entries>402,@33<172
@8<21
@34<56
NAME>403
LBRACE>18,entries>404,@10<259
@13<1
@13<34
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,RPAR>405,annotation>406
@14<204
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>406,RPAR>407
@14<206
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>408
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>292,expr>295,dim>409,RSQB<154
COMMA>410,RSQB<155
@15<276
LBRACE>18,entries>411,@17<140
COLON>412,EQUAL>413,@13<211
COMMA>414,__params_star_10>415,RPAR<216
RPAR>416
EQUAL>417,@25<208
@25<210
LPAR>418
@32<55
LBRACE>419
$END<198
GRAPH>133,PARAM>134,ASSERT>162,NAME>166,REVEAL>170,STATE>172,UPDATE>175,_TARGETS>178,bind>363,draw>364,graph>365,param>366,reveal>367,state>368,update>369,RBRACE>420,_method_member>421,assert_>422
COMMA>423,@35<31
@35<33
@36<67
@36<68
@36<69
@36<70
@36<71
@36<72
@36<73
@9<193
COMMA>424,@26<108
@21<246
LBRACE>87,fields>425,@21<142
@21<248
NAME>426
@21<202
TO>427
LBRACE>18,entries>428,@21<239
@21<264
@21<250
NAME>357
LBRACE>326,body>429
LPAR>430,NAME>431,for_targets>432
NAME>433
@37<129
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>434
ASSERT>162,NAME>166,REVEAL>170,_TARGETS>178,FOR>383,LOSS>384,RETURN>386,bind>390,draw>391,for_>392,loss>393,return_>394,reveal>395,RBRACE>435,_statement>436,assert_>437
COMMA>438,@38<7
@38<9
@39<90
@39<91
@39<92
@39<93
@39<94
@39<95
RPAR>439
@21<252
EQUAL>440
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>441
NAME>357,RPAR>442
EQUAL>443
@33<173
@34<57
@10<260
@14<203
@13<35
@14<205
@31<151
@31<10
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>292,expr>295,dim>444,RSQB<156
@17<141
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>445
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>446
NAME>351,parameter>447,RPAR<217
COMMA>448,RPAR<218
LBRACE>326,body>449
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>450
NAME>351,parameter>352,params>451,RPAR<215
GRAPH>133,PARAM>134,ASSERT>162,NAME>166,REVEAL>170,STATE>172,UPDATE>175,_TARGETS>178,_method_member>361,assert_>362,bind>363,draw>364,graph>365,param>366,reveal>367,state>368,update>369,RBRACE>452,__method_star_4>453
$END<199
COMMA>454,@35<28
@35<30
@35<32
@26<109
@21<143
LPAR>455,@27<160
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>456
@21<240
@21<277
NAME>457
IN<181
IN>458
EQUAL>459
@39<237
@37<130
COMMA>460,@38<4
@38<6
@38<8
LBRACE>18,entries>461,@21<281
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>462
@27<126
EQUAL>463
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>464
@31<11
EQUAL>465,@13<212
@13<214
@13<36
NAME>351,parameter>466,RPAR<219
@25<182
@25<209
RPAR>467
$END<196
GRAPH>133,PARAM>134,ASSERT>162,NAME>166,REVEAL>170,STATE>172,UPDATE>175,_TARGETS>178,bind>363,draw>364,graph>365,param>366,reveal>367,state>368,update>369,_method_member>421,assert_>422,RBRACE>468
@35<29
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>469
LBRACE>18,entries>470,@21<230
COMMA>471,RPAR>472,__role_names_star_5>473
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>474
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>475
@38<5
@21<282
@27<125
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>476
@27<128
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>477
@13<37
ARROW>478
$END<197
RPAR>479
@21<231
NAME>304,RPAR>480
IN<178
COMMA>481,RPAR>482
LBRACE>326,body>483
@39<195
@27<127
@13<213
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>484
@27<161
IN<177
NAME>357,RPAR>485
IN<180
@39<176
BY>486
IN<179
NAME>487
DOT>488,LPAR>489
NAME>490
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>491,RPAR<101
LPAR>492
RPAR>493
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>494,RPAR<101
@17<263
RPAR>495
@17<262
"""
